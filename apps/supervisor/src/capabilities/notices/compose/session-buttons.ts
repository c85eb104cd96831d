import type { SessionView } from "@hal/protocol";
import { cutText } from "@hal/protocol/text";
import type { SessionGlance } from "@hal/store/supervisor";
import type { Act, Confirmation, Judgement, Pressed } from "../../channels/composer.ts";
import { type ActFacts, actIn, keyOf, offeredActs, OPERATION_OF, refusalOf, type SessionAct } from "./session-acts.ts";

const LABELS = { resume: "Resume", restart: "Restart…", kill: "Kill…" } as const satisfies Record<SessionAct, string>;
const STYLES = { resume: "main", restart: "plain", kill: "danger" } as const satisfies Record<SessionAct, Act["style"]>;

/** A restart takes as long as its session needs to write down where it stands. */
const RESTART_WAIT_MS = 600_000;
const MOST_PROMPT = 120;

/** What an act needs to know of a session beside its view. */
export interface ButtonFacts extends Pick<ActFacts, "isHeld" | "canRestart"> {
  /** since when it does what it does, in milliseconds since 1970 */
  readonly since: number;
}

/** What can be done to a session from its card. What somebody did already, and what would be refused, is not there. */
export function sessionButtons(
  { id, node_id: nodeId, status, health, asked }: SessionView,
  { since, ...facts }: ButtonFacts,
  pressed: readonly Pressed[],
): Act[] {
  const underWay = asked.map(({ type }) => type);
  return offeredActs({ ...facts, status, underWay, isTroubled: health.length > 0 }).flatMap((act): Act[] => {
    const key = keyOf(act, since);
    if (pressed.some((one) => one.key === key)) return [];
    const ref = `${nodeId}/${id}`;
    return [
      {
        key,
        label: LABELS[act],
        style: STYLES[act],
        operation: OPERATION_OF[act],
        input: act === "restart" ? { ref, wait_ms: RESTART_WAIT_MS } : { ref },
      },
    ];
  });
}

/** How a session is when somebody presses a button of one of its cards. */
export interface PressedSession extends SessionGlance {
  readonly facts: ActFacts;
  /** what it does, as its card says it */
  readonly does: string;
}

/**
 * What a button does now. One that resumes is for the rest that its card shows; one that ends a session is for the session, and
 * whoever presses it is told what it does now.
 */
export function judgeButton(key: string, pressed: PressedSession | undefined): Judgement {
  const asked = actIn(key);
  if (asked === undefined) return {};
  if (pressed === undefined) return { refusal: "Nothing is known of that session any more" };
  const { act, since } = asked;
  const { session, node, facts, does } = pressed;
  const name = `${session.project} on ${node.name}`;
  const refusal = refusalOf(act, facts);
  if (refusal !== undefined) return { refusal: `${name} ${refusal}` };
  const isAsShown = session.statusSince === since;
  if (act === "resume")
    return isAsShown
      ? {}
      : { refusal: `${name} has worked since, and ${does}; to tell it something: inject ${session.id} …` };
  return { confirmation: confirmationOf(act, pressed, { name, isAsShown }) };
}

function confirmationOf(
  act: "restart" | "kill",
  { session, facts, does, prompt }: PressedSession,
  { name, isAsShown }: { readonly name: string; readonly isAsShown: boolean },
): Confirmation {
  const isResting = session.status === "idle" || session.status === "error";
  const told = prompt === undefined ? "" : ` It was told last: ${firstLine(prompt)}`;
  const now = `${isAsShown ? "" : "Not as the message shows it: "}${name} ${does}.${told}`;
  return {
    title: `Really ${act} it?`,
    text: `${now}\n${LOST[act]}${facts.status === "unreachable" ? " Its node is away: it is done when that is back." : ""}`,
    submit: act === "kill" ? "Kill" : "Restart",
    word: session.project,
    // what works goes from one status to the next; what began to work is another matter
    footing: isResting ? String(session.statusSince) : "work",
  };
}

const LOST = {
  kill: "It ends for good, with what it started and with prompts that wait for it. Its history stays.",
  restart: "It writes down where it stands and ends. Another session goes on from that, without this conversation.",
} as const;

/** The first line of what somebody wrote, cut where it is long. */
export function firstLine(text: string): string {
  return cutText(text.trimStart().split("\n", 1)[0]?.trim() ?? "", MOST_PROMPT);
}

/** Who did what, and when: the platform shows no time by the reader's clock within a sentence, so it says of which clock. */
export function pressedText({ label, by, at }: Pressed): string {
  return `${by} pressed ${label.replace("…", "")} at ${new Date(at).toISOString().slice(11, 16)} UTC`;
}
