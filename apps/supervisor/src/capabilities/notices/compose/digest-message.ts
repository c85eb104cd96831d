import type { Message, Tone } from "@hal/channels";
import { cutText } from "@hal/protocol/text";
import type { DigestedRow } from "@hal/store/supervisor";
import { countedEvents, thousands } from "@hal/words";
import type { Digest } from "../../channels/domain/plan-telling.ts";
import { toneOfEvent } from "./tone-of-event.ts";

/** So many kinds are in the title, and so many are shown at all. */
const TITLED = 3;
const MOST_KINDS = 12;
/** So many of one kind are named. */
const MOST_NAMES = 5;
const MOST_NAME = 80;

const WORST: readonly Tone[] = ["bad", "warn", "neutral", "good"];

/** What several notices tell, by what happened, the worst first. It says what happened, not how things are: that would grow old. */
export function digestMessage(kind: Digest, told: readonly DigestedRow[], target: string): Message {
  const kinds = [...Map.groupBy(told, ({ type }) => type)]
    .map(([type, rows]) => ({ type, rows, tone: toneOfEvent(type), counted: counted(type, rows) }))
    .toSorted((one, other) => rankOf(one) - rankOf(other) || other.rows.length - one.rows.length);
  const more = kinds.length > TITLED ? `, and more` : "";
  const title = `${kinds
    .slice(0, TITLED)
    .map((one) => one.counted)
    .join(", ")}${more}`;
  const lines = kinds.slice(0, MOST_KINDS).map((one) => `${one.counted}: ${namesOf(one.rows)}`);
  const others = kinds.slice(MOST_KINDS).reduce((sum, { rows }) => sum + rows.length, 0);
  const [first] = told;
  return {
    title: kind === "quiet" ? `In quiet hours: ${title}` : title,
    // what is over alarms nobody
    tone: kind === "quiet" ? "neutral" : (kinds[0]?.tone ?? "neutral"),
    text: [
      ...lines,
      ...(others > 0 ? [`and ${thousands(others)} things more`] : []),
      "What still waits for you: halctl inbox",
    ].join("\n"),
    footer: `Each of them: halctl notices list --target ${target} --state digested`,
    ...(first === undefined ? {} : { at: first.at }),
  };
}

function rankOf({ tone }: { readonly tone: Tone }): number {
  return WORST.indexOf(tone);
}

function counted(type: string, rows: readonly DigestedRow[]): string {
  return countedEvents({ type, things: new Set(rows.map(({ subject }) => subject)).size, times: rows.length });
}

function namesOf(rows: readonly DigestedRow[]): string {
  const names = new Map<string, number>();
  for (const row of rows) names.set(nameOf(row), (names.get(nameOf(row)) ?? 0) + 1);
  const named = [...names].slice(0, MOST_NAMES).map(([name, times]) => (times > 1 ? `${name} (${times})` : name));
  const more = names.size - named.length;
  return more > 0 ? `${named.join(", ")} and ${thousands(more)} more` : named.join(", ");
}

function nameOf({ type, text, project, node }: DigestedRow): string {
  const place = [project, node].filter((name) => name !== null).join(" on ");
  if (place !== "") return cut(place);
  return cut(text ?? type);
}

function cut(text: string): string {
  return cutText(text, MOST_NAME);
}
