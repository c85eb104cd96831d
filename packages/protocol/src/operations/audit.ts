import * as v from "valibot";
import { Figure, Opaque, Word } from "../bounds.ts";
import { Limit, PageCursor, Since, Time } from "./fields.ts";
import { operation } from "./operation.ts";
import { refers } from "./references.ts";

/** One thing that somebody did, or was refused. */
export const AuditView = v.object({
  id: Figure,
  timestamp: Time,
  actor: v.pipe(v.string(), v.description("who: the name of a token; `-` where nobody was recognised")),
  role: v.nullable(v.string()),
  action: v.pipe(v.string(), v.description("the operation, or `authenticate` for a token that was refused")),
  target: v.nullable(v.string()),
  args: v.pipe(
    v.record(v.string(), Opaque),
    v.description("the input with everything replaced by its size that is not a name or a number"),
  ),
  result: v.pipe(
    v.picklist(["begun", "ok", "refused", "failed"]),
    v.description("`begun` where the supervisor ended in the middle of it"),
  ),
  reason: v.pipe(v.nullable(v.string()), v.description("why it was refused or failed, in one line")),
  duration_ms: v.nullable(Figure),
  surface: v.string(),
  ip: v.nullable(v.string()),
});
export type AuditView = v.InferOutput<typeof AuditView>;

export const auditList = operation({
  name: "audit.list",
  summary: "Who did what, or was refused, newest first",
  role: "admin",
  kind: "query",
  method: "GET",
  path: "/audit",
  input: v.object({
    actor: v.optional(v.pipe(Word, v.description("who, such as `token:ci`"))),
    action: v.optional(
      v.pipe(Word, v.description("what was done: an operation, or `authenticate`"), refers("operation")),
    ),
    target: v.optional(v.pipe(Word, v.description("what it was done to, as it was named then"))),
    result: v.optional(
      v.pipe(AuditView.entries.result, v.description("what came of it; `begun` where that was not noted")),
    ),
    since: Since,
    cursor: PageCursor,
    limit: Limit,
  }),
  output: v.array(AuditView),
});
