import type { HalEvent } from "@hal/protocol";
import { and, eq, inArray, isNull, lt } from "drizzle-orm";
import { appendOwnEvents } from "../log/writes.ts";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { type BillLineRow, billDays, billLines, type BillPollRow, billPolls, billRaws } from "./schema.ts";

/** So long what a provider answered is kept as it came. */
const RAW_DAYS = 100;
/** So much is kept of one bucket. */
const MOST_RAW = 256 * 1024;

/** One line of a bill, without what all of its day have in common. */
export type BillLine = Omit<BillLineRow, "provider" | "report" | "day">;

/** What one report tells of one day. */
export interface BilledDay {
  /** days since 1970 in UTC */
  readonly day: number;
  readonly lines: readonly BillLine[];
  /** as it came; undefined where what came is not by days */
  readonly raw?: string | undefined;
}

/** One report that was read to its end. */
export interface ReadReport {
  readonly report: "cost" | "usage";
  readonly days: readonly BilledDay[];
}

/** What came of asking a provider. */
export interface PollEnd {
  readonly provider: string;
  readonly at: number;
  /** what was read whole, whether or not something else failed */
  readonly reports: readonly ReadReport[];
  /** what came beside that is about no day, by its name */
  readonly raws: Readonly<Record<string, string>>;
  /** why not all of it was told; undefined where it was */
  readonly problem?:
    | { readonly code: string; readonly reason: string; readonly notBefore: number | undefined }
    | undefined;
  readonly note?: string | undefined;
}

/**
 * Keeps what came of asking a provider: days that were told take the place of themselves, and what was not told stays as it was.
 * That it begins or ends to fail is told once. Returns the row before and behind it.
 */
export const recordPoll = write(
  "recordPoll",
  (db: WriterDatabase, end: PollEnd): { readonly before: BillPollRow | undefined; readonly now: BillPollRow } => {
    const { provider, at, reports, raws, problem, note } = end;
    for (const report of reports) replaceDays(db, end, report);
    for (const [report, body] of Object.entries(raws)) putRaw(db, { provider, report, day: -1, readAt: at, body });
    db.orm
      .delete(billRaws)
      .where(and(eq(billRaws.provider, provider), lt(billRaws.readAt, at - RAW_DAYS * 86_400_000)))
      .run();
    const before = db.orm.select().from(billPolls).where(eq(billPolls.provider, provider)).get();
    const state = problem === undefined ? "working" : "failing";
    const isSame = before?.state === state;
    const now: BillPollRow = {
      provider,
      state,
      code: problem?.code ?? null,
      reason: problem?.reason ?? null,
      since: isSame ? before.since : at,
      triedAt: at,
      toldAt: problem === undefined ? at : (before?.toldAt ?? null),
      failures: problem === undefined ? 0 : (before?.failures ?? 0) + 1,
      notBefore: problem?.notBefore ?? null,
      note: problem === undefined ? (note ?? null) : (before?.note ?? null),
    };
    db.orm.insert(billPolls).values(now).onConflictDoUpdate({ target: billPolls.provider, set: now }).run();
    const event = changeOf(before, now);
    if (event !== undefined) appendOwnEvents.within(db, [{ event }], at);
    return { before, now };
  },
);

/** That one works which never failed is told to nobody. */
function changeOf(before: BillPollRow | undefined, now: BillPollRow): HalEvent | undefined {
  const { provider, state, since: at } = now;
  if (before?.state === state) return undefined;
  const sourceKey = `bills/${provider}/${state}/${at}`;
  if (state === "failing")
    return {
      type: "cost.provider_failing",
      at,
      sourceKey,
      data: { provider, reason: now.reason ?? "", code: now.code ?? "unknown" },
    };
  return before === undefined ? undefined : { type: "cost.provider_working", at, sourceKey, data: { provider } };
}

function replaceDays(db: WriterDatabase, { provider, at }: PollEnd, { report, days }: ReadReport): void {
  if (days.length === 0) return;
  db.orm
    .delete(billLines)
    .where(
      and(
        eq(billLines.provider, provider),
        eq(billLines.report, report),
        inArray(
          billLines.day,
          days.map(({ day }) => day),
        ),
      ),
    )
    .run();
  for (const { day, lines, raw } of days) {
    for (const line of lines)
      db.orm
        .insert(billLines)
        .values({ ...line, provider, report, day })
        .run();
    db.orm
      .insert(billDays)
      .values({ provider, report, day, readAt: at })
      .onConflictDoUpdate({ target: [billDays.provider, billDays.report, billDays.day], set: { readAt: at } })
      .run();
    if (raw !== undefined) putRaw(db, { provider, report, day, readAt: at, body: raw });
  }
}

function putRaw(db: WriterDatabase, row: typeof billRaws.$inferInsert): void {
  const body = row.body.slice(0, MOST_RAW);
  db.orm
    .insert(billRaws)
    .values({ ...row, body })
    .onConflictDoUpdate({
      target: [billRaws.provider, billRaws.report, billRaws.day],
      set: { readAt: row.readAt, body },
    })
    .run();
}

/** Tells once of each day of a provider that its bill is another sum than the ledger's. Returns those that were not told yet. */
export const tellDrifts = write(
  "tellDrifts",
  (
    db: WriterDatabase,
    drifts: readonly { readonly day: number; readonly event: HalEvent & { readonly type: "cost.drifted" } }[],
    at: number,
  ): HalEvent[] =>
    drifts.flatMap(({ day, event }) => {
      const { changes } = db.orm
        .update(billDays)
        .set({ driftToldAt: at })
        .where(
          and(
            eq(billDays.provider, event.data.provider),
            eq(billDays.report, "cost"),
            eq(billDays.day, day),
            isNull(billDays.driftToldAt),
          ),
        )
        .run();
      return changes === 0 ? [] : appendOwnEvents.within(db, [{ event }], at);
    }),
);
