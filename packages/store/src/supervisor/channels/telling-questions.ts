import { and, asc, count, desc, eq, gt, inArray, isNull, lte, sql } from "drizzle-orm";
import { prepared } from "../../prepared.ts";
import { sound, soundOne } from "../sound-rows.ts";
import type { SupervisorStore } from "../store.ts";
import { type CardRow, cards, type NoticeRow, notices } from "./schema.ts";

/** As much of a notice that waits as decides when it is told, and how. */
export type WaitingRow = Pick<
  NoticeRow,
  "id" | "target" | "subject" | "eventId" | "type" | "createdAt" | "isUrgent" | "cardId" | "tries"
>;

const waiting = prepared(({ sqlite }: SupervisorStore) =>
  sqlite.orm
    .select({
      id: notices.id,
      target: notices.target,
      subject: notices.subject,
      eventId: notices.eventId,
      type: notices.type,
      createdAt: notices.createdAt,
      isUrgent: notices.isUrgent,
      cardId: notices.cardId,
      tries: notices.tries,
    })
    .from(notices)
    .where(
      and(
        eq(notices.target, sql.placeholder("target")),
        isNull(notices.closedAt),
        lte(notices.dueAt, sql.placeholder("now")),
      ),
    )
    // what failed does not keep what is new from its first try
    .orderBy(asc(notices.tries), asc(notices.createdAt), asc(notices.eventId), asc(notices.id))
    .prepare(),
);

/** All that a target is to be told and that may be tried now. */
export function noticesToTell(store: SupervisorStore, target: string, now: number): readonly WaitingRow[] {
  return waiting(store).all({ target, now });
}

/** Notices by their ids, in that order. */
export function noticesById(store: SupervisorStore, ids: readonly string[]): readonly NoticeRow[] {
  if (ids.length === 0) return [];
  const rows = store.sqlite.orm
    .select()
    .from(notices)
    .where(inArray(notices.id, [...ids]))
    .all();
  const byId = new Map(sound(store, "notices", rows).map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** So many subjects are told apart: whoever asks wants to know whether they are more than a few. */
const MOST_SUBJECTS = 1_000;

/** Of what a target was told since a time, but for questions, which are told whatever else is. */
export function subjectsToldSince(store: SupervisorStore, target: string, since: number): ReadonlySet<string> {
  const rows = store.sqlite.orm
    .selectDistinct({ subject: notices.subject })
    .from(notices)
    .where(
      and(
        eq(notices.target, target),
        gt(notices.closedAt, since),
        inArray(notices.state, ["sent", "digested"]),
        sql`${notices.type} <> 'interaction.asked'`,
      ),
    )
    .limit(MOST_SUBJECTS)
    .all();
  return new Set(rows.map(({ subject }) => subject));
}

/** What stands of a notice in a message that tells several. */
export interface DigestedRow {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly at: number;
  readonly text: string | null;
  readonly project: string | null;
  readonly node: string | null;
}

/** What a card tells, or is to tell, in the order in which it happened. */
export function noticesOfCard(store: SupervisorStore, cardId: string): readonly DigestedRow[] {
  // what was stored by somebody else may be anything
  const field = (name: string) =>
    sql<string | null>`case when json_valid(${notices.data}) then json_extract(${notices.data}, ${`$.${name}`}) end`;
  return store.sqlite.orm
    .select({
      id: notices.id,
      type: notices.type,
      subject: notices.subject,
      at: notices.at,
      text: field("text"),
      project: field("project"),
      node: field("node"),
    })
    .from(notices)
    .where(and(eq(notices.cardId, cardId), inArray(notices.state, ["waiting", "digested"])))
    .orderBy(asc(notices.at), asc(notices.eventId), asc(notices.id))
    .all();
}

/** How many notices some cards tell together, by card. */
export function countToldBy(store: SupervisorStore, cardIds: readonly string[]): ReadonlyMap<string, number> {
  if (cardIds.length === 0) return new Map();
  const rows = store.sqlite.orm
    .select({ card: notices.cardId, n: count() })
    .from(notices)
    .where(and(inArray(notices.cardId, [...cardIds]), eq(notices.state, "digested")))
    .groupBy(notices.cardId)
    .all();
  return new Map(rows.map(({ card, n }) => [card ?? "", n]));
}

/** Whether a card is still to tell something. */
export function hasToTell(store: SupervisorStore, cardId: string): boolean {
  const where = and(eq(notices.cardId, cardId), isNull(notices.closedAt));
  return store.sqlite.orm.select({ id: notices.id }).from(notices).where(where).limit(1).get() !== undefined;
}

/** The card of something at a target that is changed still; undefined where there is none. */
export function openCardOf(store: SupervisorStore, target: string, subject: string): CardRow | undefined {
  const where = and(eq(cards.target, target), eq(cards.subject, subject), isNull(cards.closedAt));
  return soundOne(store, "cards", store.sqlite.orm.select().from(cards).where(where).get());
}

/** Cards by their ids. */
export function cardsById(store: SupervisorStore, ids: readonly string[]): ReadonlyMap<string, CardRow> {
  if (ids.length === 0) return new Map();
  const rows = store.sqlite.orm
    .select()
    .from(cards)
    .where(inArray(cards.id, [...ids]))
    .all();
  return new Map(sound(store, "cards", rows).map((row) => [row.id, row]));
}

/** By when a route had a target told last, by the time of what was told; undefined where it never did. */
export function lastToldBy(store: SupervisorStore, target: string, route: string): number | undefined {
  const row = store.sqlite.orm
    .select({ at: notices.at })
    .from(notices)
    .where(and(eq(notices.target, target), eq(notices.route, route)))
    .orderBy(desc(notices.createdAt))
    .limit(1)
    .get();
  return row?.at;
}
