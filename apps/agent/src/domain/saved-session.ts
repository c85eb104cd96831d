export type ToldStatus = "busy" | "idle" | "waiting" | "retrying" | "error" | "ended";

/** What is kept of a session between runs of the agent. */
export interface SavedSession {
  readonly project: string | undefined;
  /** where opencode runs it */
  readonly directory: string | undefined;
  readonly parentId: string | undefined;
  /** rows up to here need not be read again */
  readonly safeSeq: number;
  /** rows up to here were told; those in between only rebuild unfinished messages */
  readonly seenSeq: number;
  readonly status: ToldStatus | undefined;
  /** how many statuses were told */
  readonly statuses?: number | undefined;
  /** JSON of the facts that were told */
  readonly facts: string | undefined;
  readonly createdAt: number | undefined;
  readonly external: boolean;
  /** since when it is archived in opencode; an archived session that comes to rest has ended */
  readonly archivedAt?: number | undefined;
  /** the newest message, and whether its turn is still to end: a prompt without an answer, or an answer that goes on */
  readonly newestMessageId?: string | undefined;
  readonly turnOpen?: boolean | undefined;
  /** open requests: id to kind */
  readonly open: Readonly<Record<string, "permission" | "question">>;
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
