import * as v from "valibot";

/** So many rules each sender has at most, and so many senders of their own making there are. */
export const MOST_INCOMING_RULES = 200;
export const MOST_GENERIC = 100;

/**
 * What became of an arrival. `waiting`: work is to begin for it, or could not yet and is tried again; `starting`: a node was asked for its
 * session; `started` and `prompted`: a session has it; `refused`: nothing may begin for it; `given_up`: nothing could.
 */
export const ARRIVAL_STATES = ["waiting", "starting", "started", "prompted", "refused", "given_up"] as const;
export const ArrivalState = v.picklist(ARRIVAL_STATES);
export type ArrivalState = v.InferOutput<typeof ArrivalState>;

/**
 * What became of the answer to it. `none`: it gets none; `awaited`: its session is still at it; `due`: it is to be written, or is tried again;
 * `stopped`: the service refuses it, until somebody sees to that.
 */
export const ANSWER_STATES = ["none", "awaited", "due", "written", "stopped"] as const;
export const AnswerState = v.picklist(ANSWER_STATES);
export type AnswerState = v.InferOutput<typeof AnswerState>;

/** Whether arrivals of a repository are taken. `disabled`: the configuration says that none of its sender are. */
export const REPOSITORY_STATES = ["on", "off", "disabled"] as const;
export const RepositoryState = v.picklist(REPOSITORY_STATES);
export type RepositoryState = v.InferOutput<typeof RepositoryState>;

/** The name of a repository, as its service writes it; generic ones are called after their sender. */
export const RepositoryName = v.pipe(
  v.string(),
  v.minLength(1, "say which repository, such as owner/name"),
  v.maxLength(512, "is longer than 512 characters"),
  v.regex(/^[^\s/]+(\/[^\s/]+)*$/, "is no name of a repository; write it as owner/name"),
);
