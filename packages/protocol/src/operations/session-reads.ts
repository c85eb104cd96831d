import * as v from "valibot";
import { FileChange, Todo } from "../commands.ts";
import { IntegerText, SessionRef, Time } from "./fields.ts";
import { operation } from "./operation.ts";
import { forPrograms } from "./references.ts";

const ReadMs = v.optional(
  v.pipe(
    IntegerText,
    v.minValue(100),
    v.maxValue(60_000),
    v.description("how long the session's node may take to answer"),
    forPrograms(),
  ),
  15_000,
);

const Input = v.object({ ref: SessionRef, wait_ms: ReadMs });

export const SessionTodos = v.object({
  session_id: v.string(),
  todos: v.array(Todo),
  source: v.pipe(
    v.picklist(["opencode", "log"]),
    v.description("`opencode` was asked just now; where it cannot be, what the log has"),
  ),
  as_of: v.nullable(Time),
});
export type SessionTodos = v.InferOutput<typeof SessionTodos>;

export const sessionsTodo = operation({
  name: "sessions.todo",
  summary: "What a session means to do, from its opencode, or from the log while its node is away",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/sessions/{ref}/todo",
  words: ["ref"],
  input: Input,
  output: SessionTodos,
});

export const SessionDiff = v.object({
  session_id: v.string(),
  files: v.array(FileChange),
  cut: v.pipe(v.boolean(), v.description("some patches are not here, because there are too many")),
});
export type SessionDiff = v.InferOutput<typeof SessionDiff>;

export const sessionsDiff = operation({
  name: "sessions.diff",
  summary: "What a session changed in its project's files, from its opencode",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/sessions/{ref}/diff",
  words: ["ref"],
  input: Input,
  output: SessionDiff,
});
