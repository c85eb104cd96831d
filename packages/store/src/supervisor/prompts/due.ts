import type { SessionRow, TurnStands } from "../sessions/schema.ts";
import type { PromptRow } from "./schema.ts";

/** How a session stands towards what waits for it. */
export type Standing = "rests" | "stopped" | "working" | "waiting" | "ended" | "unknown";

const STOPPED: ReadonlySet<TurnStands | null> = new Set<TurnStands>(["aborted", "denied", "unanswered"]);

/** What the queue of a session looks at. */
export interface QueueFacts {
  readonly session: Pick<SessionRow, "status" | "turn"> | undefined;
  /** whether something of it, or of its children, waits for a person */
  readonly isAsking: boolean;
  /** whether a prompt was sent to it with which no turn was seen to begin */
  readonly isComing: boolean;
  /** whether it is being restarted, or is what goes on from one that is: what waits is for afterwards */
  readonly isRestarting: boolean;
  readonly now: number;
}

export type QueuedPrompt = Pick<PromptRow, "id" | "delivery" | "anyway" | "afterStop" | "retryAt">;

/**
 * A session rests when its turn came to its own end. Behind one that failed, or that somebody stopped, what waits goes on
 * waiting: who stopped it did not mean the next one to begin.
 */
export function standingOf({ session, isAsking }: Pick<QueueFacts, "session" | "isAsking">): Standing {
  if (session === undefined) return "unknown";
  if (session.status === "ended") return "ended";
  if (isAsking || session.status === "waiting") return "waiting";
  if (session.status === "error") return "stopped";
  if (session.status !== "idle") return "working";
  return STOPPED.has(session.turn) ? "stopped" : "rests";
}

/**
 * What is to be sent now of what waits for a session, which is in the order of its list; undefined where nothing is. What
 * steers needs no rest, and of the rest only the first may go, once nothing comes before it any more.
 */
export function dueOf<P extends QueuedPrompt>(pending: readonly P[], facts: QueueFacts): P | undefined {
  const standing = standingOf(facts);
  if (standing === "ended" || standing === "unknown" || facts.isRestarting) return undefined;
  const isRipe = ({ retryAt }: P): boolean => retryAt <= facts.now;
  const steering = pending.find(
    (one) => one.delivery === "steer" && isRipe(one) && (standing !== "waiting" || one.anyway),
  );
  if (steering !== undefined) return steering;
  const first = pending.find(({ delivery }) => delivery === "queue");
  if (first === undefined || facts.isComing || !isRipe(first)) return undefined;
  return standing === "rests" || (standing === "stopped" && first.afterStop) ? first : undefined;
}
