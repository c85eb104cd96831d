import * as v from "valibot";
import { Figure } from "../bounds.ts";
import { AnswerState, ArrivalState, RepositoryName, RepositoryState } from "../incoming.ts";
import { Limit, PageCursor, Time } from "./fields.ts";
import { operation } from "./operation.ts";

/** One thing that a service told by a webhook, and what became of it. */
export const ArrivalView = v.object({
  id: v.string(),
  from: v.pipe(v.string(), v.description("who told it: `github`, `gitlab` or `generic/NAME`"), v.examples(["github"])),
  source_id: v.pipe(v.string(), v.description("its id there; it is done once, however often it comes")),
  event: v.pipe(v.string(), v.examples(["issues.labeled"])),
  repository: v.string(),
  thing: v.pipe(
    v.string(),
    v.description("what it is about; one case each, and so one session at a time"),
    v.examples(["issue/7"]),
  ),
  sender: v.pipe(v.string(), v.description("who did it there")),
  rule: v.pipe(v.string(), v.description("the rule that took it, by its place in the configuration")),
  project: v.string(),
  state: ArrivalState,
  reason: v.string(),
  tries: v.pipe(Figure, v.description("how often work could not begin")),
  next_try_at: v.pipe(v.nullable(Time), v.description("when that is tried again; null where it is not")),
  node_id: v.nullable(v.string()),
  session_id: v.nullable(v.string()),
  command_id: v.nullable(v.string()),
  answer: AnswerState,
  answer_reason: v.pipe(v.string(), v.description("why its answer stands so; empty where it gets none")),
  created_at: Time,
  closed_at: v.pipe(v.nullable(Time), v.description("since when a session has it, or none will")),
});
export type ArrivalView = v.InferOutput<typeof ArrivalView>;

/** A repository from which something came, or that somebody switched off. */
export const RepositoryView = v.object({
  repository: v.string(),
  from: v.pipe(v.array(v.string()), v.description("who told of it; nobody so far where it is empty")),
  state: RepositoryState,
  reason: v.string(),
  by: v.pipe(v.nullable(v.string()), v.description("who switched it off; null where nobody did")),
  since: v.nullable(Time),
  arrivals: v.pipe(Figure, v.description("how many are kept")),
  last_at: v.pipe(v.nullable(Time), v.description("when the last one came")),
});
export type RepositoryView = v.InferOutput<typeof RepositoryView>;

const Repository = v.pipe(
  RepositoryName,
  v.description("the repository, as its service writes it; of `generic`, the name of the sender"),
  v.examples(["octo/web"]),
);

export const incomingList = operation({
  name: "incoming.list",
  summary: "What services told by webhooks and a rule took, and what became of it; newest first",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/incoming",
  words: ["repository"],
  input: v.object({
    repository: v.optional(v.pipe(Repository, v.description("only of this repository"))),
    state: v.optional(v.pipe(ArrivalState, v.description("only what came to this"))),
    cursor: PageCursor,
    limit: Limit,
  }),
  output: v.array(ArrivalView),
});

export const incomingRepositories = operation({
  name: "incoming.repositories",
  summary: "Repositories from which something came, and whether what comes from them is taken",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/incoming/repositories",
  input: v.object({}),
  output: v.array(RepositoryView),
});

export const incomingOff = operation({
  name: "incoming.off",
  summary: "Take nothing more from a repository; what waits is refused, and sessions that have begun go on",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/incoming/off",
  words: ["repository"],
  input: v.object({ repository: Repository }),
  output: RepositoryView,
  audited: { target: "repository" },
});

export const incomingOn = operation({
  name: "incoming.on",
  summary: "Take again what comes from a repository; what was refused meanwhile stays refused",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/incoming/on",
  words: ["repository"],
  input: v.object({ repository: Repository }),
  output: RepositoryView,
  audited: { target: "repository" },
});
