import type { InteractionView } from "@hal/protocol";
import { ago } from "@hal/words";
import type { Look } from "../../output/look.ts";
import { shortIds } from "../../output/short-ids.ts";
import { table } from "../../output/table.ts";

export function interactionTable(interactions: readonly InteractionView[], look: Look): string {
  const header = ["ID", "KIND", "SESSION", "PROJECT", "ASKED", "STATE", "WHAT"];
  const sessions = look.wide
    ? interactions.map((one) => one.session_id)
    : shortIds(interactions.map((one) => one.session_id));
  const ids = look.wide ? interactions.map(({ id }) => id) : shortIds(interactions.map(({ id }) => id));
  return table(
    header,
    interactions.map((one, index) => [
      ids[index] ?? one.id,
      one.kind,
      sessions[index] ?? one.session_id,
      one.project,
      ago(one.asked_at, look.now),
      one.state === "open" ? "open" : one.reason,
      one.kind === "question" ? questionText(one) : one.summary,
    ]),
    look.wide ? undefined : look.columns,
  );
}

function questionText({ questions }: InteractionView): string {
  return questions
    .map(({ question, options }) =>
      options.length === 0
        ? question
        : `${question} [${options.map(({ label }, index) => `${index + 1}: ${label}`).join(", ")}]`,
    )
    .join("  ");
}
