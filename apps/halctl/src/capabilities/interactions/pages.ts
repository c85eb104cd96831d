import type { InteractionView } from "@hal/protocol";
import { ago } from "@hal/words";
import type { Look } from "../../output/look.ts";
import { paint } from "../../output/paint.ts";
import { shortIds } from "../../output/short-ids.ts";
import { card, table } from "../../output/table.ts";

type Column = readonly [name: string, cell: (one: InteractionView, index: number) => string];

/** What waits, by the session that a person knows: where a child of it asks, that is beside it. */
export function interactionTable(interactions: readonly InteractionView[], look: Look): string {
  const short = (all: readonly string[]): readonly string[] => (look.wide ? all : shortIds(all));
  const roots = short(interactions.map((one) => one.root_session_id));
  const askers = short(interactions.map((one) => one.session_id));
  const ids = short(interactions.map(({ id }) => id));
  const hasChild = interactions.some(isOfChild);
  const asker: Column = ["ASKER", (one, index) => (isOfChild(one) ? (askers[index] ?? one.session_id) : "-")];
  const owner: Column = ["OWNER", (one) => one.owner ?? "unknown"];
  const columns: readonly Column[] = [
    ["ID", (one, index) => ids[index] ?? one.id],
    ["KIND", ({ kind }) => kind],
    ["SESSION", (one, index) => roots[index] ?? one.root_session_id],
    ...(hasChild ? [asker] : []),
    ["PROJECT", ({ project }) => project],
    ...(look.wide ? [owner] : []),
    ["RISK", ({ risk }) => riskText(risk)],
    ["ASKED", ({ asked_at: at }) => ago(at, look.now)],
    ["STATE", ({ state, reason }) => (state === "open" ? "open" : reason)],
    ["WHAT", (one) => (one.kind === "question" ? questionText(one) : one.summary)],
  ];
  return table(
    columns.map(([name]) => name),
    interactions.map((one, index) => columns.map(([, cell]) => cell(one, index))),
    look.wide ? undefined : look.columns,
  );
}

/** All that a person has to know to decide. */
export function interactionCard(one: InteractionView, { now }: Pick<Look, "now">): string {
  const { kind, risk, rule } = one;
  return card([
    ["id", one.id],
    ["kind", kind],
    ["state", one.state],
    ["reason", one.reason],
    ["session", one.root_session_id],
    ["asker", isOfChild(one) ? `its child ${one.session_id}` : "the session itself"],
    ["project", one.project],
    ["owner", one.owner ?? "unknown"],
    ["asked", ago(one.asked_at, now)],
    ...(one.expires_at === null ? [] : [["expires", one.expires_at] as const]),
    ...(kind === "question" ? [["question", questionText(one)] as const] : permissionLines(one)),
    ...(risk === null ? [] : [["risk", `${riskText(risk)}: ${risk.reason}`] as const]),
    ...(one.always_covers === null ? [] : [["always", one.always_covers] as const]),
    ...(rule === null
      ? []
      : [["rule", `${rule.id}: ${rule.reply} ${rule.permission} ${rule.pattern ?? "*"}`] as const]),
  ]);
}

function permissionLines({ permission, patterns, command }: InteractionView): (readonly [string, string])[] {
  return [
    ["asks for", permission ?? "-"],
    ["patterns", patterns.length === 0 ? "-" : patterns.join(", ")],
    ...(command === null ? [] : [["command", command] as const]),
  ];
}

function isOfChild({ session_id: asker, root_session_id: root }: InteractionView): boolean {
  return asker !== root;
}

const RISK_TONES = { high: "bad", medium: "warn", unknown: "warn", low: "good" } as const;

function riskText(risk: InteractionView["risk"]): string {
  return risk === null ? "-" : paint(RISK_TONES[risk.level], risk.level);
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
