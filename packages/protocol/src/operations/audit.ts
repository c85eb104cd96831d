import * as v from "valibot";
import { IntegerText, Limit, Time } from "./fields.ts";
import { operation } from "./operation.ts";

/** One thing that somebody did, or was refused. */
export const AuditView = v.object({
  id: v.number(),
  timestamp: Time,
  /** who: the name of a token; `-` where nobody was recognised */
  actor: v.string(),
  role: v.nullable(v.string()),
  /** the operation, or `authenticate` for a token that was refused */
  action: v.string(),
  target: v.nullable(v.string()),
  /** the input with everything replaced by its size that is not a name or a number */
  args: v.record(v.string(), v.unknown()),
  /** `begun` where the supervisor ended in the middle of it */
  result: v.picklist(["begun", "ok", "refused", "failed"]),
  /** why it was refused or failed, in one line */
  reason: v.nullable(v.string()),
  duration_ms: v.nullable(v.number()),
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
    actor: v.optional(v.string()),
    action: v.optional(v.string()),
    target: v.optional(v.string()),
    result: v.optional(AuditView.entries.result),
    /** at or after; ISO 8601 */
    since: v.optional(
      v.pipe(
        v.string(),
        v.check((text) => !Number.isNaN(Date.parse(text)), "not a time; write it as 2026-02-03T04:05:06Z"),
      ),
    ),
    /** only rows before this id: the next page */
    before: v.optional(IntegerText),
    limit: Limit,
  }),
  output: v.array(AuditView),
});
