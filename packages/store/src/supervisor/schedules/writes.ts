import { and, count, eq, isNull } from "drizzle-orm";
import type { HalEvent } from "@hal/protocol";
import { type IdempotencyKey, keyStandsFor, saveKey } from "../idempotency/keys.ts";
import { appendOwnEvents } from "../log/writes.ts";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import {
  type OccasionRow,
  occasions,
  type SchedulePlaceRow,
  schedulePlaces,
  type ScheduleRow,
  schedules,
} from "./schema.ts";

/** A schedule that was added just now, or earlier by the same request; or why there is none. */
export type ScheduleAdded =
  | { readonly kind: "new" | "known"; readonly schedule: ScheduleRow }
  /** the key stands for another request, or its schedule was removed meanwhile */
  | { readonly kind: "conflict" }
  /** there is one of that name */
  | { readonly kind: "taken" }
  | { readonly kind: "full" };

/** Adds a schedule, once per idempotency key, where there are fewer than `most`. Its times count from now on. */
export const addSchedule = write(
  "addSchedule",
  (
    db: WriterDatabase,
    { schedule, rule, most }: { readonly schedule: ScheduleRow; readonly rule: string; readonly most: number },
    idempotency: IdempotencyKey | undefined,
  ): ScheduleAdded => {
    const { name, createdAt } = schedule;
    const known = idempotency === undefined ? undefined : keyStandsFor(db, idempotency);
    if (known === "other") return { kind: "conflict" };
    const there = db.orm.select().from(schedules).where(eq(schedules.name, name)).get();
    if (known !== undefined) return there === undefined ? { kind: "conflict" } : { kind: "known", schedule: there };
    if (there !== undefined) return { kind: "taken" };
    if ((db.orm.select({ n: count() }).from(schedules).get()?.n ?? 0) >= most) return { kind: "full" };
    if (idempotency !== undefined) saveKey(db, idempotency, { made: name, now: createdAt });
    db.orm.insert(schedules).values(schedule).run();
    savePlace(db, { name, rule, since: createdAt });
    return { kind: "new", schedule };
  },
);

/** Takes a schedule away and returns what it was; undefined where there is none. What is known of its occasions stays. */
export const removeSchedule = write("removeSchedule", (db: WriterDatabase, name: string): ScheduleRow | undefined => {
  const removed = db.orm.delete(schedules).where(eq(schedules.name, name)).returning().get();
  if (removed !== undefined) db.orm.delete(schedulePlaces).where(eq(schedulePlaces.name, name)).run();
  return removed;
});

function savePlace(db: WriterDatabase, place: SchedulePlaceRow): void {
  const { rule, since } = place;
  db.orm
    .insert(schedulePlaces)
    .values(place)
    .onConflictDoUpdate({ target: schedulePlaces.name, set: { rule, since } })
    .run();
}

/** What a look at a schedule came to. */
export interface ScheduleLook {
  /** up to when it was looked at before; undefined where it never was */
  readonly before: SchedulePlaceRow | undefined;
  readonly place: SchedulePlaceRow;
  readonly due: readonly OccasionRow[];
}

/**
 * Keeps up to when a schedule was looked at, with the occasions that this found, where nobody looked meanwhile. A time of which
 * there is an occasion already makes no other one. Returns whether it counted.
 */
export const recordScheduleLook = write(
  "recordScheduleLook",
  (db: WriterDatabase, { before, place, due }: ScheduleLook): boolean => {
    const stored = db.orm.select().from(schedulePlaces).where(eq(schedulePlaces.name, place.name)).get();
    if (stored?.rule !== before?.rule || stored?.since !== before?.since) return false;
    savePlace(db, place);
    for (const occasion of due) {
      const made = db.orm.insert(occasions).values(occasion).onConflictDoNothing().run();
      if (made.changes > 0) tell(db, occasion);
    }
    return true;
  },
);

/** Makes an occasion that somebody asks for, once per idempotency key; undefined where that is another request's. */
export const askForOccasion = write(
  "askForOccasion",
  (db: WriterDatabase, occasion: OccasionRow, idempotency: IdempotencyKey | undefined): OccasionRow | undefined => {
    const known = idempotency === undefined ? undefined : keyStandsFor(db, idempotency);
    if (known === "other") return undefined;
    if (known !== undefined) return db.orm.select().from(occasions).where(eq(occasions.id, known.made)).get();
    if (idempotency !== undefined) saveKey(db, idempotency, { made: occasion.id, now: occasion.createdAt });
    db.orm.insert(occasions).values(occasion).run();
    return occasion;
  },
);

/** Keeps which command an occasion asked a node for. */
export const recordStarting = write(
  "recordStarting",
  (
    db: WriterDatabase,
    id: string,
    { commandId, nodeId }: { readonly commandId: string; readonly nodeId: string },
  ): void => {
    db.orm
      .update(occasions)
      .set({ state: "starting", commandId, nodeId })
      .where(and(eq(occasions.id, id), eq(occasions.state, "due")))
      .run();
  },
);

/** What came of an occasion. */
export type OccasionEnd = Pick<OccasionRow, "sessionId"> & { readonly closedAt: number } & (
    | { readonly state: "started" }
    | { readonly state: "not_started"; readonly code: string; readonly reason: string }
  );

/** Keeps and tells what came of an occasion, once; undefined where that is known already. */
export const closeOccasion = write(
  "closeOccasion",
  (db: WriterDatabase, id: string, end: OccasionEnd): OccasionRow | undefined => {
    const closed = db.orm
      .update(occasions)
      .set(end)
      .where(and(eq(occasions.id, id), isNull(occasions.closedAt)))
      .returning()
      .get();
    if (closed !== undefined) tell(db, closed);
    return closed;
  },
);

/** Says what came of an occasion; nothing while that is not known. */
function tell(db: WriterDatabase, occasion: OccasionRow): void {
  const { id, schedule, dueAt, closedAt, actor, project, state, nodeId, commandId, sessionId, code, reason } = occasion;
  if (closedAt === null) return;
  const about = {
    at: closedAt,
    sourceKey: `occasion/${id}`,
    project,
    ...(sessionId === null ? {} : { session: sessionId }),
  };
  const said = { schedule, occasionId: id, actor, ...(dueAt === null ? {} : { dueAt }) };
  const event: HalEvent =
    state === "started" && commandId !== null
      ? { ...about, type: "schedule.started", data: { ...said, commandId } }
      : {
          ...about,
          type: "schedule.not_started",
          data: {
            ...said,
            ...(commandId === null ? {} : { commandId }),
            code: code ?? "unknown",
            reason: reason ?? "",
          },
        };
  appendOwnEvents.within(db, [{ ...(nodeId === null ? {} : { nodeId }), event }], closedAt);
}
