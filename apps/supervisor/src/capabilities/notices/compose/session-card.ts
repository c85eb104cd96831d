import type { Field, Message, Tone } from "@hal/channels";
import type { InteractionView, SessionView } from "@hal/protocol";
import { dollars, duration, thousands } from "@hal/words";
import type { Composed, Pressed } from "../../channels/composer.ts";
import { actsOn } from "./acts-on.ts";
import { older } from "./older.ts";
import { actIn } from "./session-acts.ts";
import { type ButtonFacts, firstLine, pressedText, sessionButtons } from "./session-buttons.ts";

/** What is asked of a person is shown to that number. */
const MOST_ASKED = 3;
/** And of what was answered, or done by a button, the newest. */
const MOST_ANSWERED = 3;
/** So long it is waited for what a button began, until its card shows the rest that it found once more. */
const EFFECT_MS = 600_000;

/** A session as it is shown: what it does is said with when that began, since a length of time would grow old on the screen. */
export interface ShownSession {
  readonly session: SessionView;
  /** what its status came of */
  readonly because: string;
  /** milliseconds since 1970 */
  readonly since: number;
  /** what it asks, the oldest first */
  readonly asked: readonly InteractionView[];
  /** what it asked since its card is there, and has an answer, the oldest first */
  readonly answered: readonly InteractionView[];
  /** what it was told last; undefined where that is not known */
  readonly prompt: string | undefined;
  readonly buttons: ButtonFacts;
  /** what was done by buttons, the newest first */
  readonly pressed: readonly Pressed[];
  readonly now: number;
}

/** A session as it is, with what it asks. Over once it rests and asks nothing. */
export function sessionCard(shown: ShownSession): Composed {
  const { session, asked, answered, pressed, buttons } = shown;
  const done = pressed.filter(({ key }) => actIn(key) !== undefined);
  const text = [
    ...answered.slice(-MOST_ANSWERED).map(answeredText),
    ...done.slice(0, MOST_ANSWERED).toReversed().map(pressedText),
    ...askedLines(asked),
    ...(asked.length === 0 ? adviceOn(session) : []),
  ].join("\n");
  const command = asked[0]?.command ?? null;
  const isUnderWay = session.asked.length > 0 || done.some((one) => isAwaited(one, shown));
  const message: Message = {
    title: `${session.project} on ${session.node} ${doesText(shown)}`,
    tone: toneOf(session, asked),
    ...(text === "" ? {} : { text }),
    ...(command === null ? {} : { code: command }),
    fields: fieldsOf(shown),
    footer: session.id,
    at: sinceOf(shown),
  };
  const acts = asked.length > 0 ? actsOn(asked) : sessionButtons(session, buttons, done);
  return { message, acts, isOver: isAtRest(session) && asked.length === 0 && !isUnderWay };
}

/** What is left of a card where a newer one shows how its session is. */
export function olderCard({ session, pressed }: Pick<ShownSession, "session" | "pressed">): Composed {
  const done = pressed.filter(({ key }) => actIn(key) !== undefined).slice(0, MOST_ANSWERED);
  const title = `${session.project} on ${session.node} ${session.status === "ended" ? "has ended" : "has gone on"} since`;
  return older(title, session.id, done.toReversed().map(pressedText));
}

/** Whether what a button began is not seen yet: the session does still what it did when that was pressed. */
function isAwaited({ key, at }: Pressed, { buttons, now }: ShownSession): boolean {
  return actIn(key)?.since === buttons.since && now - at < EFFECT_MS;
}

/** When what a card says began: of what does not get on, when that began. */
function sinceOf({ session, since }: ShownSession): number {
  const [mark] = session.health;
  return session.status === "busy" && mark !== undefined ? Date.parse(mark.since) : since;
}

/** What a person can do about what failed or does not get on, and needs no more than a word. */
function adviceOn({ id, status, health, context }: SessionView): readonly string[] {
  const why = `All that is known of it: why ${id}`;
  if (status === "error") {
    const isFull = (context?.percent ?? 0) >= FULL_PERCENT;
    const how = isFull
      ? "Its context is nearly full: Restart goes on from what it writes down."
      : "Resume has it go on where it failed; Restart goes on from what it writes down.";
    return [how, why];
  }
  if (status === "busy" && health.length > 0) return ["Restart goes on from what it writes down.", why];
  return [];
}

const FULL_PERCENT = 90;

/** What a session does, behind its name. */
export function doesText({
  session,
  because,
  asked: [first],
}: Pick<ShownSession, "because" | "asked"> & {
  readonly session: Pick<SessionView, "status" | "health">;
}): string {
  const [mark] = session.health;
  switch (session.status) {
    case "waiting":
      return `waits for a person: ${first?.summary ?? because}`;
    case "error":
      return `failed: ${because}`;
    case "retrying":
      return `tries again: ${because}`;
    case "unreachable":
      return "cannot be reached";
    case "idle":
      return `rests: ${because}`;
    case "ended":
      return `has ended: ${because}`;
    case "starting":
      return "starts";
    case "busy":
      if (mark === undefined) return "is at work";
      return mark.mark === "stuck" ? "does not get on: nothing moves in it" : `does not get on: ${mark.reason}`;
    default:
      return session.status satisfies never;
  }
}

function isAtRest({ status }: SessionView): boolean {
  return status === "idle" || status === "ended";
}

function toneOf(session: SessionView, asked: readonly InteractionView[]): Tone {
  if (asked.length > 0) return "warn";
  switch (session.status) {
    case "error":
    case "unreachable":
      return "bad";
    case "waiting":
    case "retrying":
      return "warn";
    case "idle":
      return "good";
    case "busy":
    case "starting":
      return session.health.length > 0 ? "warn" : "neutral";
    case "ended":
      return "neutral";
    default:
      return session.status satisfies never;
  }
}

/** What each asks; the first one's command line stands below, as it is. */
function askedLines(asked: readonly InteractionView[]): readonly string[] {
  const lines = asked.slice(0, MOST_ASKED).map(({ summary, risk, under_way: underWay }) => {
    const known = risk === null || risk.level === "unknown" ? "" : ` (risk: ${risk.level}, ${risk.reason})`;
    const given = underWay === null ? "" : `; ${underWay.actor} answered ${underWay.reply}, which is on its way`;
    return `It asks: ${summary}${known}${given}`;
  });
  const more = asked.length - lines.length;
  return more > 0 ? [...lines, `and ${more} more: halctl interactions list`] : lines;
}

/** Who answered what, and how. */
function answeredText({ summary, state, reply, answered_by: by, reason }: InteractionView): string {
  if (state === "expired") return `Not answered: ${summary}; ${reason}`;
  const how = reply === null ? "Answered" : (ANSWERED.get(reply) ?? `Answered ${reply}`);
  return `${how} by ${by ?? "somebody in opencode"}: ${summary}`;
}

const ANSWERED: ReadonlyMap<string, string> = new Map([
  ["once", "Allowed once"],
  ["always", "Allowed always"],
  ["reject", "Denied"],
  ["answer", "Answered"],
]);

function fieldsOf({ session, prompt }: ShownSession): readonly Field[] {
  const { node, title, context, tree_cost: cost, compactions, started_at: from, last_activity: to } = session;
  const fields: Field[] = [
    { name: "Node", value: node, isShort: true },
    ...(title === "" ? [] : [{ name: "Task", value: title, isShort: true }]),
    ...(context === null ? [] : [{ name: "Tokens", value: contextText(context), isShort: true }]),
    ...(cost === 0 ? [] : [{ name: "Cost", value: dollars(cost), isShort: true }]),
    ...(compactions === 0 ? [] : [{ name: "Compactions", value: thousands(compactions), isShort: true }]),
  ];
  const told = prompt === undefined ? [] : [{ name: "Told last", value: firstLine(prompt) }];
  if (!isAtRest(session)) return [...fields, ...told];
  const tookMs = Math.max(0, Date.parse(to) - Date.parse(from));
  return [...fields, { name: "Duration", value: duration(tookMs), isShort: true }, ...told];
}

/** Such as `45,231 / 200,000 (22 %)`. */
function contextText({ tokens, limit, percent }: NonNullable<SessionView["context"]>): string {
  if (limit === null) return thousands(tokens);
  return `${thousands(tokens)} / ${thousands(limit)}${percent === null ? "" : ` (${Math.round(percent)} %)`}`;
}
