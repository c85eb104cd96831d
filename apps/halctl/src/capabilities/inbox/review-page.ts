import type { ReviewedSession, ReviewView } from "@hal/protocol";
import { ago, dollars, tierTone, toneOf } from "@hal/words";
import type { Look } from "../../output/look.ts";
import { paint } from "../../output/paint.ts";
import { shortIds } from "../../output/short-ids.ts";
import { wrap } from "../../output/wrap.ts";
import { itemsText } from "./pages.ts";

/** What happened since somebody looked, on one page: sessions, what waits, what policies did, and what all of it cost. */
export function reviewPage(view: ReviewView, look: Look): string {
  const { sessions, more_sessions: more, waiting, notes } = view;
  const parts = [
    headLine(view, look),
    sessions.length === 0 ? "no session did anything\n" : sessionLines(sessions, look),
    ...(more === 0 ? [] : [`and ${more} more: halctl inbox review --limit ${sessions.length + more}\n`]),
    waiting.length === 0 ? "nothing waits for you\n" : `${heading("WAITS FOR YOU")}${itemsText(waiting, look)}`,
    policyLines(view, look),
    questionLine(view),
    costLine(view),
    notes.map((note) => paint("faint", `note: ${note}\n`)).join(""),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function headLine({ since, last_look: last }: ReviewView, look: Look): string {
  const looked = last === null ? "you have not looked before" : `you looked ${ago(last, look.now)}`;
  return `what happened since ${ago(since, look.now)} (${looked})\n`;
}

function heading(text: string): string {
  return `${paint("faint", text)}\n`;
}

function sessionLines(sessions: readonly ReviewedSession[], look: Look): string {
  const ids = look.wide ? sessions.map(({ session_id: id }) => id) : shortIds(sessions.map(({ session_id: id }) => id));
  return sessions.map((one, index) => sessionText(one, ids[index] ?? one.session_id, look)).join("");
}

function sessionText(one: ReviewedSession, id: string, look: Look): string {
  const { tier, status, project, node, title, cost, reason } = one;
  const word = tier ?? status;
  const tone = tier === null ? toneOf(status) : tierTone(tier);
  const head = `${paint(tone ?? "faint", word.toUpperCase())}  ${id}  ${project} on ${node}${title === "" ? "" : ` "${title}"`}`;
  const spent = cost === 0 ? "" : `, ${dollars(cost)}`;
  const went = one.continued_by === null ? "" : `, goes on as ${one.continued_by}`;
  const lines = [reason, ...(one.files.length === 0 ? [] : [filesText(one)])].map((line) =>
    look.wide || look.columns === undefined ? line : wrap(line, Math.max(20, look.columns - 2)),
  );
  return `${head}${spent}${went}\n${lines.map((line) => `  ${line.replaceAll("\n", "\n  ")}\n`).join("")}`;
}

function filesText({ files, more_files: more }: ReviewedSession): string {
  const count = files.length + more;
  const others = more === 0 ? "" : `, and ${more} more`;
  return `wrote ${count === 1 ? "one file" : `${count} files`}: ${files.join(", ")}${others}`;
}

function policyLines({ policies, decisions }: ReviewView, look: Look): string {
  if (policies.length === 0) return "policies did nothing\n";
  const sums = policies.map(({ policy, outcome, count }) => `  ${policy} ${OUTCOMES[outcome]}: ${count}\n`).join("");
  const shown = look.wide ? decisions : decisions.filter(({ outcome }) => outcome !== "skipped").slice(0, 5);
  const lines = shown.map(
    ({ at, policy, outcome, session_id: id, reason }) =>
      `  ${ago(at, look.now)}  ${policy} ${OUTCOMES[outcome]}${id === null ? "" : ` (${id})`}: ${reason}\n`,
  );
  return `${heading("POLICIES")}${sums}${lines.join("")}`;
}

const OUTCOMES = { acted: "acted", alerted: "told a person", gave_up: "gave up", skipped: "did nothing" } as const;

function questionLine({ interactions: { asked, answered, by_rule: byRule, expired } }: ReviewView): string {
  if (asked + answered + byRule + expired === 0) return "";
  return `questions: ${asked} asked, ${answered} answered, ${byRule} answered by a standing rule, ${expired} expired\n`;
}

function costLine({ cost: { total, by_project: projects } }: ReviewView): string {
  const by = projects.filter(({ cost }) => cost > 0).map(({ project, cost }) => `${project} ${dollars(cost)}`);
  return `cost: ${dollars(total)}${by.length > 1 ? ` (${by.join(", ")})` : ""}\n`;
}
