import { LIMITS } from "@hal/protocol";
import { and, asc, count, eq, inArray, isNotNull, isNull, sql } from "drizzle-orm";
import { type IdempotencyKey, keyStandsFor, saveKey } from "../idempotency/keys.ts";
import { appendOwnEvents } from "../log/writes.ts";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { type HoldRow, holds } from "./schema.ts";

/** A hold that was made just now, one that stands for the same already, or why there is none. */
export type HoldAdded =
  | { readonly kind: "new" | "known"; readonly hold: HoldRow }
  /** the key stands for another request */
  | { readonly kind: "conflict" }
  | { readonly kind: "full" };

/** Makes a hold, once per idempotency key; where the same is held already, that one stands. */
export const addHold = write(
  "addHold",
  (db: WriterDatabase, hold: HoldRow, idempotency: IdempotencyKey | undefined): HoldAdded => {
    const known = idempotency === undefined ? undefined : keyStandsFor(db, idempotency);
    if (known === "other") return { kind: "conflict" };
    const earlier = known === undefined ? twinOf(db, hold) : readHold(db, known.made);
    if (earlier === undefined && isFull(db, hold)) return { kind: "full" };
    const stands = earlier ?? hold;
    if (idempotency !== undefined && known === undefined)
      saveKey(db, idempotency, { made: stands.id, now: hold.createdAt });
    if (earlier !== undefined) return { kind: "known", hold: earlier };
    insert(db, hold);
    return { kind: "new", hold };
  },
);

function readHold(db: WriterDatabase, id: string): HoldRow | undefined {
  return db.orm.select().from(holds).where(eq(holds.id, id)).get();
}

/** What is held at the same place already. */
function twinOf(db: WriterDatabase, { nodeId, project }: HoldRow): HoldRow | undefined {
  return db.orm
    .select()
    .from(holds)
    .where(and(isNull(holds.releasedAt), sql`${holds.nodeId} is ${nodeId}`, sql`${holds.project} is ${project}`))
    .get();
}

/** Each node keeps all of its own and of the fleet, and a frame has room for so many. */
function isFull(db: WriterDatabase, { nodeId, project }: HoldRow): boolean {
  if (project === null) return false;
  const standing = and(isNull(holds.releasedAt), isNotNull(holds.project), sql`${holds.nodeId} is ${nodeId}`);
  return (db.orm.select({ n: count() }).from(holds).where(standing).get()?.n ?? 0) >= LIMITS.projectHolds;
}

/**
 * Takes in holds that nodes have and this database does not know; what it knows stays as it is, and what is held at that place
 * already is held. Returns what was new.
 */
export const adoptHolds = write("adoptHolds", (db: WriterDatabase, found: readonly HoldRow[]): HoldRow[] =>
  found.filter((hold) => {
    if (readHold(db, hold.id) !== undefined || twinOf(db, hold) !== undefined || isFull(db, hold)) return false;
    insert(db, hold);
    return true;
  }),
);

function insert(db: WriterDatabase, hold: HoldRow): void {
  db.orm.insert(holds).values(hold).run();
  tell(db, hold, { type: "hold.began", at: hold.createdAt, by: hold.createdBy });
}

/** Who releases, and by which request. */
export interface Release {
  readonly id: string;
  readonly by: string;
  readonly at: number;
}

/** Releases holds, once per idempotency key; returns those that this release released, or undefined where the key is another request's. */
export const releaseHolds = write(
  "releaseHolds",
  (
    db: WriterDatabase,
    ids: readonly string[],
    { id, by, at }: Release,
    idempotency: IdempotencyKey | undefined,
  ): HoldRow[] | undefined => {
    const known = idempotency === undefined ? undefined : keyStandsFor(db, idempotency);
    if (known === "other") return undefined;
    if (known !== undefined) return releasedBy(db, known.made);
    if (idempotency !== undefined) saveKey(db, idempotency, { made: id, now: at });
    db.orm
      .update(holds)
      .set({ releasedAt: at, releasedBy: by, releaseId: id })
      .where(and(inArray(holds.id, [...ids]), isNull(holds.releasedAt)))
      .run();
    const released = releasedBy(db, id);
    for (const hold of released) tell(db, hold, { type: "hold.released", at, by });
    return released;
  },
);

function releasedBy(db: WriterDatabase, releaseId: string): HoldRow[] {
  return db.orm
    .select()
    .from(holds)
    .where(eq(holds.releaseId, releaseId))
    .orderBy(asc(holds.createdAt), asc(holds.id))
    .all();
}

interface Told {
  readonly type: "hold.began" | "hold.released";
  readonly at: number;
  readonly by: string;
}

function tell(db: WriterDatabase, { id, nodeId, project }: HoldRow, { type, at, by }: Told): void {
  const event = { type, at, sourceKey: `${type}/${id}`, data: { holdId: id, by } };
  const own = { ...(nodeId === null ? {} : { nodeId }), event: { ...event, ...(project === null ? {} : { project }) } };
  appendOwnEvents.within(db, [own], at);
}

/** The id that a hold has on another node than it was made for. */
export function holdIdOn(id: string, nodeId: string): string {
  return `${id.split("@")[0]}@${nodeId}`;
}
