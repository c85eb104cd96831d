import type { Turn } from "./turn.ts";

export type ToldStatus = "busy" | "idle" | "waiting" | "retrying" | "error" | "ended";

/** What is kept of a session between runs of the agent. */
export interface SavedSession {
  readonly project: string | undefined;
  /** where opencode runs it */
  readonly directory: string | undefined;
  /** the git worktree that was made for it, or for the one that it goes on from */
  readonly worktree?: string | undefined;
  /** what was told last of that worktree, once the session had ended */
  readonly worktreeIs?: string | undefined;
  readonly parentId: string | undefined;
  /** rows up to here need not be read again */
  readonly safeSeq: number;
  /** rows up to here were told; those in between only rebuild unfinished messages */
  readonly seenSeq: number;
  readonly status: ToldStatus | undefined;
  /** it was told to have ended, and goes on: what is told next takes that back */
  readonly revived?: boolean | undefined;
  /** type and data of the event that told the status, by which a change is known; absent where an older agent told it */
  readonly said?: string | undefined;
  /** how many occurrences were told that opencode does not number */
  readonly statuses?: number | undefined;
  /** JSON of the facts that were told */
  readonly facts: string | undefined;
  /** JSON of how it was told to get on */
  readonly health?: string | undefined;
  readonly createdAt: number | undefined;
  readonly external: boolean;
  /** the session that it goes on from, after a restart */
  readonly continues?: string | undefined;
  /** the session that goes on from it */
  readonly continuedBy?: string | undefined;
  /** since when it is archived in opencode; an archived session that comes to rest has ended */
  readonly archivedAt?: number | undefined;
  /** the newest message, and how its turn stands */
  readonly newestMessageId?: string | undefined;
  readonly turn?: Turn | undefined;
  /** what an older agent kept of the turn */
  readonly turnOpen?: boolean | undefined;
  /** open requests: id to kind */
  readonly open: Readonly<Record<string, "permission" | "question">>;
  /** the ids of the requests that were told to be closed last, newest last; absent where none was, or an older agent kept it */
  readonly closed?: readonly string[] | undefined;
}

export const NEW_SESSION: SavedSession = {
  project: undefined,
  directory: undefined,
  parentId: undefined,
  safeSeq: -1,
  seenSeq: -1,
  status: undefined,
  facts: undefined,
  createdAt: undefined,
  external: false,
  open: {},
};

/** How the turn stands, whichever agent kept it. */
export function savedTurn({ turn, turnOpen, status, newestMessageId }: SavedSession): Turn {
  if (turn !== undefined) return turn;
  if (status === "error") return { kind: "failed", name: "", message: "" };
  if (turnOpen === true) return { kind: "open" };
  return { kind: newestMessageId === undefined && status === undefined ? "none" : "unknown" };
}
