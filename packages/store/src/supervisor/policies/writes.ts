import { and, eq, inArray, isNull, ne, type SQL, sql } from "drizzle-orm";
import { commandStatements } from "../commands/rows.ts";
import type { CommandRow } from "../commands/schema.ts";
import { aboutCommand } from "../commands/tell-commands.ts";
import { followPrompt } from "../commands/under-way.ts";
import { type IdempotencyKey, keyStandsFor, saveKey } from "../idempotency/keys.ts";
import { appendOwnEvents, type OwnEvent } from "../log/writes.ts";
import { pendingOf, queueFacts } from "../prompts/questions.ts";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { AT_ONCE } from "./fold.ts";
import { policyStatements } from "./rows.ts";
import { type PolicyPauseRow, policyPauses, policySessions } from "./schema.ts";

/** What a look at a session came to. */
export interface PolicyLook {
  readonly nodeId: string;
  readonly sessionId: string;
  /** `changes` of the row by which it was decided */
  readonly changes: number;
  readonly dueAt: number | null;
  readonly state: unknown;
  /** what is told of it */
  readonly told: readonly OwnEvent[];
  /** what is asked of its node; undefined where nothing is */
  readonly command: CommandRow | undefined;
}

/**
 * Keeps what looks came to, each only where nothing changed since it was decided. A command is made in the same transaction, and
 * only where no prompt is on its way: whatever ends just then, it is made once. Returns which counted, by their place.
 */
export const recordPolicyLooks = write(
  "recordPolicyLooks",
  (db: WriterDatabase, looks: readonly PolicyLook[], now: number): boolean[] =>
    looks.map(({ nodeId, sessionId, changes, dueAt, state, told, command }) => {
      const before = policyStatements(db).read([nodeId, sessionId]);
      if (before === undefined || before.changes !== changes) return false;
      if (command !== undefined) {
        const { isComing, isRestarting } = queueFacts(db, nodeId, sessionId, now);
        const isTaken = isComing || isRestarting || pendingOf(db, nodeId, sessionId).length > 0;
        if (isTaken) return false;
        commandStatements(db).write(command);
        followPrompt(db, command);
        appendOwnEvents.within(db, [aboutCommand(command, "queued", now)], now);
      }
      policyStatements(db).write({
        ...before,
        dueAt,
        state,
        changes: command === undefined ? changes : changes + 1,
      });
      if (told.length > 0) appendOwnEvents.within(db, told, now);
      return true;
    }),
);

/** Has policies look at every session that has not ended: at those, too, of which they know nothing yet. */
export const lookAtAllSessions = write("lookAtAllSessions", (db: WriterDatabase, now: number): void => {
  db.sqlite.driver
    .prepare(
      `insert into policy_sessions (node_id, session_id, status, since, changes, due_at, state)
       select node_id, id, status, ?, 0, ?, '{}' from sessions where parent_id is null and status <> 'ended'
       on conflict do nothing`,
    )
    .run(now, now);
  db.orm
    .update(policySessions)
    .set({ dueAt: sql`min(coalesce(${policySessions.dueAt}, ${now}), ${now})` })
    .where(ne(policySessions.status, "ended"))
    .run();
});

/** Has policies look at once at the sessions of projects of which somebody said since a time how their task stands. */
export const lookAtTasks = write("lookAtTasks", (db: WriterDatabase, since: number): void => {
  db.sqlite.driver
    .prepare(
      `update policy_sessions set due_at = ? where status <> 'ended' and (node_id, session_id) in (
         select s.node_id, s.id from sessions s join project_tasks t on t.project = s.project where t.since >= ?)`,
    )
    .run(AT_ONCE, since);
});

/** A pause that was made just now, one that stands for the same already, or a key that stands for another request. */
export type PauseAdded =
  | { readonly kind: "new" | "known"; readonly pause: PolicyPauseRow }
  | { readonly kind: "conflict" };

/** Pauses policies at a place, once per idempotency key; another pause of the same place is changed by it. */
export const addPolicyPause = write(
  "addPolicyPause",
  (db: WriterDatabase, pause: PolicyPauseRow, idempotency: IdempotencyKey | undefined): PauseAdded => {
    const known = idempotency === undefined ? undefined : keyStandsFor(db, idempotency);
    if (known === "other") return { kind: "conflict" };
    if (known !== undefined) {
      const earlier = db.orm.select().from(policyPauses).where(eq(policyPauses.id, known.made)).get();
      return earlier === undefined ? { kind: "conflict" } : { kind: "known", pause: earlier };
    }
    endPauses(db, placeOf(pause), { by: pause.createdBy, now: pause.createdAt });
    if (idempotency !== undefined) saveKey(db, idempotency, { made: pause.id, now: pause.createdAt });
    db.orm.insert(policyPauses).values(pause).run();
    tell(db, pause, { type: "policy.paused", at: pause.createdAt, by: pause.createdBy });
    return { kind: "new", pause };
  },
);

/** Ends pauses; returns those that it ended. */
export const endPolicyPauses = write(
  "endPolicyPauses",
  (db: WriterDatabase, ids: readonly string[], by: { readonly by: string; readonly now: number }): PolicyPauseRow[] => {
    const ended = endPauses(db, inArray(policyPauses.id, [...ids]), by);
    for (const pause of ended) tell(db, pause, { type: "policy.resumed", at: by.now, by: by.by });
    return ended;
  },
);

function placeOf({ kind, nodeId, project, sessionId }: PolicyPauseRow) {
  return and(
    eq(policyPauses.kind, kind),
    sql`${policyPauses.nodeId} is ${nodeId}`,
    sql`${policyPauses.project} is ${project}`,
    sql`${policyPauses.sessionId} is ${sessionId}`,
  );
}

function endPauses(
  db: WriterDatabase,
  meant: SQL | undefined,
  { by, now }: { readonly by: string; readonly now: number },
): PolicyPauseRow[] {
  return db.orm
    .update(policyPauses)
    .set({ endedAt: now, endedBy: by })
    .where(and(isNull(policyPauses.endedAt), meant))
    .returning()
    .all();
}

function tell(
  db: WriterDatabase,
  pause: PolicyPauseRow,
  { type, at, by }: { readonly type: "policy.paused" | "policy.resumed"; readonly at: number; readonly by: string },
): void {
  const { id, nodeId, project, sessionId, reason, until } = pause;
  const about = {
    at,
    sourceKey: `${type}/${id}`,
    ...(project === null ? {} : { project }),
    ...(sessionId === null ? {} : { session: sessionId }),
  };
  const event =
    type === "policy.resumed"
      ? { ...about, type, data: { pauseId: id, by } }
      : {
          ...about,
          type,
          data: { pauseId: id, by, ...(reason === null ? {} : { reason }), ...(until === null ? {} : { until }) },
        };
  appendOwnEvents.within(db, [{ ...(nodeId === null ? {} : { nodeId }), event }], at);
}
