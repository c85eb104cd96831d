import type { PromptView } from "@hal/protocol";
import { cutText } from "@hal/protocol/text";
import { ago } from "@hal/words";
import type { Look } from "../../output/look.ts";
import { paintStatus } from "../../output/paint.ts";
import { reasonIn, reasonsBelow, toldBelow } from "../../output/reasons.ts";
import { shortIds } from "../../output/short-ids.ts";
import { card, table } from "../../output/table.ts";

/** So much of a prompt tells it from the others in a table. */
const SHOWN = 60;

export function promptTable(prompts: readonly PromptView[], look: Look): string {
  const short = (all: readonly string[]): readonly string[] => (look.wide ? all : shortIds(all));
  const ids = short(prompts.map(({ id }) => id));
  const sessions = short(prompts.map((prompt) => prompt.session_id));
  const stated = prompts.map(({ state: status, reason }) => ({ status, reason }));
  const elsewhere = new Set(toldBelow(stated, look));
  const list = table(
    ["ID", "NODE", "PROJECT", "SESSION", "PLACE", "DELIVERY", "STATE", "ACTOR", "CREATED_AT", "TEXT", "REASON"],
    prompts.map((prompt, index) => [
      ids[index] ?? prompt.id,
      prompt.node,
      prompt.project,
      sessions[index] ?? prompt.session_id,
      prompt.place === null ? "-" : String(prompt.place),
      prompt.delivery,
      paintStatus(prompt.state),
      prompt.actor,
      ago(prompt.created_at, look.now),
      look.wide ? prompt.text : cutText(prompt.text, SHOWN),
      reasonIn(stated[index], elsewhere),
    ]),
    look.wide ? undefined : look.columns,
  );
  const below = prompts.map(({ id, state, reason }, index) => ({ id: ids[index] ?? id, status: state, reason }));
  return list + reasonsBelow(below, look);
}

export function promptCard(prompt: PromptView, { now }: Pick<Look, "now">): string {
  return `${card([
    ["id", prompt.id],
    ["session", prompt.session_id],
    ["project", `${prompt.node}/${prompt.project}`],
    ["delivery", prompt.delivery],
    ["place", prompt.place === null ? "-" : String(prompt.place)],
    ["state", paintStatus(prompt.state)],
    ["reason", prompt.reason],
    ["command", prompt.command_id ?? "-"],
    ["actor", prompt.actor],
    ["created", ago(prompt.created_at, now)],
    ["changed", ago(prompt.changed_at, now)],
  ])}\n${prompt.text}\n`;
}
