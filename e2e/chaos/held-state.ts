import type { Agent } from "../harness/agent.ts";
import type { Opencode, OpencodeMessage, OpencodeSession } from "../harness/opencode.ts";

/** So long an opencode may be away between its end and the start of the next one. */
const LAST_MOMENT_MS = 60_000;

/** How the newest turn of a session stands in opencode. */
export type Turn =
  /** there was none */
  | "none"
  | "complete"
  | "aborted"
  /** a moment before the next opencode was started: by a person, or by the one that was being stopped */
  | "aborted by its end"
  | "failed"
  /** a person denied something that it asked for: opencode leaves it at that, and does not say that it is over */
  | "denied"
  /** it never ended */
  | "open"
  /** a prompt that nobody answers */
  | "unanswered";

/** What an opencode says of one of its sessions. */
export interface HeldSession {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly updatedAt: number;
  readonly isArchived: boolean;
  readonly status: "busy" | "retry" | "idle";
  /** ids of what waits for a person, in it or below it */
  readonly asks: readonly string[];
}

/** What an agent's opencode says of everything in its projects, asked behind the agent's back. */
export async function heldStates(agent: Agent): Promise<ReadonlyMap<string, HeldSession>> {
  const opencode = agent.opencode();
  const held = new Map<string, HeldSession>();
  for (const directory of agent.directories) {
    const [sessions, statuses, requests] = await Promise.all([
      opencode.sessions(directory),
      opencode.statuses(directory),
      opencode.requests(directory),
    ]);
    for (const session of sessions) {
      const tree = new Set([
        session.id,
        ...sessions.filter(({ parentID }) => parentID === session.id).map(({ id }) => id),
      ]);
      held.set(session.id, {
        id: session.id,
        parentId: session.parentID,
        updatedAt: session.time.updated,
        isArchived: isArchived(session),
        status: (statuses[session.id]?.type ?? "idle") as HeldSession["status"],
        asks: requests.filter(({ sessionID }) => tree.has(sessionID)).map(({ id }) => id),
      });
    }
  }
  return held;
}

/** How the newest turn stands; opencode's message ids ascend. */
export async function newestTurn(opencode: Opencode, session: string): Promise<Turn> {
  const newest = (await opencode.messages(session, 1)).at(-1);
  if (newest === undefined) return "none";
  const turn = turnOf(newest);
  const beforeStartMs = opencode.startedAt - (newest.info.time.completed ?? newest.info.time.created);
  return turn === "aborted" && beforeStartMs > 0 && beforeStartMs < LAST_MOMENT_MS ? "aborted by its end" : turn;
}

/** A denial with a word to the model lets the turn go on. */
const DENIED = /^The user (rejected permission to use this specific tool call\.$|dismissed this question)/;

/** How a message stands that nobody works at any more. */
export function turnOf({ info, parts }: OpencodeMessage): Turn {
  if (info.role === "user") return "unanswered";
  if (info.error?.name === "MessageAbortedError") return "aborted";
  if (info.error !== undefined) return "failed";
  if (info.time.completed === undefined) return "open";
  if (info.finish !== "tool-calls") return "complete";
  return parts.some(({ state }) => DENIED.test(state?.error ?? "")) ? "denied" : "open";
}

function isArchived({ time }: OpencodeSession): boolean {
  return time.archived != null && time.archived > 0;
}
