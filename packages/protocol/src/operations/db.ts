import * as v from "valibot";
import { Figure } from "../bounds.ts";
import { IntegerText, Time } from "./fields.ts";
import { operation } from "./operation.ts";

/** The supervisor's database at a glance. */
export const DbInfo = v.object({
  file: v.string(),
  size_bytes: Figure,
  wal_bytes: v.pipe(Figure, v.description("what is on its way into the file")),
  free_bytes: v.pipe(Figure, v.description("left on its disk")),
  log_id: v.string(),
  schema_version: Figure,
  events_at_most: v.pipe(Figure, v.description("by the ids at both ends of the log, without counting")),
  oldest_event_at: v.nullable(Time),
  newest_event_at: v.nullable(Time),
  pruned_up_to: v.pipe(Figure, v.description("the newest event that was pruned; 0 where none was")),
  backup: v.nullable(v.object({ file: v.string(), size_bytes: Figure, made_at: Time })),
});
export type DbInfo = v.InferOutput<typeof DbInfo>;

export const dbInfo = operation({
  name: "db.info",
  summary: "The supervisor's database: size, age, backup, room on its disk",
  role: "admin",
  kind: "query",
  method: "GET",
  path: "/db",
  input: v.object({}),
  output: DbInfo,
});

export const DbBackup = v.object({
  made: v.boolean(),
  file: v.string(),
  size_bytes: v.nullable(Figure),
  reason: v.pipe(v.nullable(v.string()), v.description("why none was made")),
});
export type DbBackup = v.InferOutput<typeof DbBackup>;

export const dbBackup = operation({
  name: "db.backup",
  summary: "Back the database up beside it, now; the backup before is replaced when the new one is complete",
  role: "admin",
  kind: "change",
  method: "POST",
  path: "/db/backup",
  input: v.object({}),
  output: DbBackup,
  audited: {},
});

export const DbCheck = v.object({
  damage: v.pipe(v.array(v.string()), v.description("what is wrong; nothing is good")),
  unreadable: v.optional(
    v.pipe(v.record(v.string(), Figure), v.description("how many rows cannot be shown as they are stored, by table")),
  ),
  duration_ms: Figure,
});
export type DbCheck = v.InferOutput<typeof DbCheck>;

export const dbCheck = operation({
  name: "db.check",
  summary: "Read the whole database and look for damage, while it is in use",
  role: "admin",
  kind: "query",
  method: "GET",
  path: "/db/check",
  input: v.object({}),
  output: DbCheck,
});

export const DbRepaired = v.object({
  marked: v.pipe(v.record(v.string(), Figure), v.description("how many rows could not be shown, by table")),
});
export type DbRepaired = v.InferOutput<typeof DbRepaired>;

export const dbRepair = operation({
  name: "db.repair",
  summary: "Mark rows that cannot be shown as they are stored; what they held stays in the log as event.invalid",
  role: "admin",
  kind: "change",
  method: "POST",
  path: "/db/repair",
  input: v.object({}),
  output: DbRepaired,
  audited: {},
});

export const DbPruned = v.object({
  dry_run: v.boolean(),
  events: Figure,
  messages: Figure,
  interactions: Figure,
  commands: Figure,
  prompts: v.optional(Figure, 0),
  occasions: v.optional(Figure, 0),
  notices: v.optional(Figure, 0),
  idempotency_keys: Figure,
  spent_messages: v.optional(
    v.pipe(
      Figure,
      v.description("by which it was known that what a message cost was counted, of days that are closed"),
    ),
    0,
  ),
  waits_for: v.optional(
    v.nullable(v.pipe(v.string(), v.description("the follower for which older events stay that it has not done yet"))),
    null,
  ),
});
export type DbPruned = v.InferOutput<typeof DbPruned>;

export const dbPrune = operation({
  name: "db.prune",
  summary: "Delete what is old and belongs to nothing that lives",
  role: "admin",
  kind: "change",
  method: "POST",
  path: "/db/prune",
  input: v.object({
    older_than_ms: v.pipe(
      IntegerText,
      v.minValue(3_600_000, "keep at least the last hour"),
      v.description("how old what goes is at least; an hour or more"),
      v.examples([2_592_000_000]),
    ),
    dry_run: v.optional(v.pipe(v.boolean(), v.description("only count what would go")), false),
  }),
  output: DbPruned,
  audited: { plain: ["older_than_ms", "dry_run"] },
});
