import { and, count, eq, gte, inArray, isNull, lt, ne, or } from "drizzle-orm";
import { type IdempotencyKey, keyStandsFor, saveKey } from "../idempotency/keys.ts";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { arrivals, type ArrivalRow, incomingCases, type IncomingSwitchRow, incomingSwitches } from "./schema.ts";

/** An arrival that a rule took, before it is known which case it belongs to. */
export type NewArrival = Pick<
  ArrivalRow,
  | "id"
  | "sender"
  | "mark"
  | "bodyHash"
  | "event"
  | "repository"
  | "thing"
  | "person"
  | "rule"
  | "work"
  | "answer"
  | "createdAt"
>;

/** How many of them there may be. */
export interface ArrivalBounds {
  /** that wait, of all */
  readonly open: number;
  /** of one event, of one case, since then; undefined where people are behind it */
  readonly ofEvent?: { readonly most: number; readonly since: number } | undefined;
}

export type ArrivalTaken =
  | { readonly kind: "new" | "known" | "refused"; readonly arrival: ArrivalRow }
  | { readonly kind: "full" };

/** Keeps an arrival with the case that it belongs to, once; refused where its repository is off. */
export const takeArrival = write(
  "takeArrival",
  (db: WriterDatabase, arrival: NewArrival, caseId: string, bounds: ArrivalBounds): ArrivalTaken => {
    const known = knownArrival(db, arrival);
    if (known !== undefined) return { kind: "known", arrival: known };
    if (countOpen(db) >= bounds.open) return { kind: "full" };
    const about = { ...arrival, caseId: caseOf(db, arrival, caseId) };
    const refusal = refusalOf(db, about, bounds);
    const row: ArrivalRow = {
      ...about,
      state: refusal === undefined ? "waiting" : "refused",
      code: refusal?.code ?? null,
      reason: refusal?.reason ?? null,
      tries: 0,
      starts: 0,
      dueAt: arrival.createdAt,
      nodeId: null,
      sessionId: null,
      commandId: null,
      promptId: null,
      answer: refusal === undefined ? arrival.answer : "none",
      answerText: null,
      answerGood: null,
      answerReason: null,
      answerTries: 0,
      answerDueAt: 0,
      closedAt: refusal === undefined ? null : arrival.createdAt,
    };
    db.orm.insert(arrivals).values(row).run();
    return { kind: refusal === undefined ? "new" : "refused", arrival: row };
  },
);

function knownArrival(
  db: WriterDatabase,
  { sender, mark, bodyHash }: Pick<ArrivalRow, "sender" | "mark" | "bodyHash">,
): ArrivalRow | undefined {
  return db.orm
    .select()
    .from(arrivals)
    .where(and(eq(arrivals.sender, sender), or(eq(arrivals.mark, mark), eq(arrivals.bodyHash, bodyHash))))
    .get();
}

function countOpen(db: WriterDatabase): number {
  return db.orm.select({ n: count() }).from(arrivals).where(isNull(arrivals.closedAt)).get()?.n ?? 0;
}

function caseOf(db: WriterDatabase, { sender, repository, thing, createdAt }: NewArrival, id: string): string {
  const made = { id, sender, repository: repository.toLowerCase(), thing, nodeId: null, sessionId: null, createdAt };
  db.orm.insert(incomingCases).values(made).onConflictDoNothing().run();
  const there = db.orm
    .select()
    .from(incomingCases)
    .where(
      and(
        eq(incomingCases.sender, sender),
        eq(incomingCases.repository, made.repository),
        eq(incomingCases.thing, thing),
      ),
    )
    .get();
  return there?.id ?? id;
}

function refusalOf(
  db: WriterDatabase,
  { repository, event, caseId }: Pick<ArrivalRow, "repository" | "event" | "caseId">,
  { ofEvent }: ArrivalBounds,
): { readonly code: string; readonly reason: string } | undefined {
  const off = switchOf(db, repository);
  if (off !== undefined)
    return { code: "off", reason: `${off.offBy} switched ${off.name} off: halctl incoming on ${off.name}` };
  if (ofEvent === undefined) return undefined;
  const same = and(
    eq(arrivals.caseId, caseId),
    eq(arrivals.event, event),
    gte(arrivals.createdAt, ofEvent.since),
    ne(arrivals.state, "refused"),
  );
  const told = db.orm.select({ n: count() }).from(arrivals).where(same).get()?.n ?? 0;
  if (told < ofEvent.most) return undefined;
  return {
    code: "limited",
    reason: `its rule takes ${ofEvent.most} of these in a day, so that nothing runs in a circle; a person has to look`,
  };
}

function switchOf(db: WriterDatabase, repository: string): IncomingSwitchRow | undefined {
  return db.orm.select().from(incomingSwitches).where(eq(incomingSwitches.repository, repository.toLowerCase())).get();
}

/** Keeps which command an arrival asked a node for. */
export const recordArrivalStart = write(
  "recordArrivalStart",
  (db: WriterDatabase, id: string, asked: { readonly commandId: string; readonly nodeId: string }): void => {
    db.orm
      .update(arrivals)
      .set({ state: "starting", code: null, reason: null, ...asked })
      .where(and(eq(arrivals.id, id), eq(arrivals.state, "waiting")))
      .run();
  },
);

/** Keeps which session an arrival is about to be given to. */
export const recordArrivalTarget = write(
  "recordArrivalTarget",
  (db: WriterDatabase, id: string, target: { readonly nodeId: string; readonly sessionId: string }): void => {
    db.orm
      .update(arrivals)
      .set(target)
      .where(and(eq(arrivals.id, id), eq(arrivals.state, "waiting")))
      .run();
  },
);

/** What came of an arrival: a session has it, work is tried again, or none will begin. */
export type ArrivalEnd =
  | {
      readonly kind: "started";
      readonly nodeId: string;
      readonly sessionId: string;
    }
  | {
      readonly kind: "prompted";
      readonly nodeId: string;
      readonly sessionId: string;
      readonly promptId: string;
    }
  | {
      readonly kind: "again";
      readonly code: string;
      readonly reason: string;
      readonly dueAt: number;
      /** whether a node was asked: the next start is another one */
      readonly wasAsked: boolean;
    }
  | { readonly kind: "refused" | "given_up"; readonly code: string; readonly reason: string };

/** Keeps what came of an arrival, once; its case has the session that was started. */
export const recordArrivalEnd = write(
  "recordArrivalEnd",
  (
    db: WriterDatabase,
    { id, tries, starts }: Pick<ArrivalRow, "id" | "tries" | "starts">,
    end: ArrivalEnd,
    now: number,
  ): boolean => {
    // whoever looked at another state of it decides nothing
    const meant = and(eq(arrivals.id, id), eq(arrivals.tries, tries), isNull(arrivals.closedAt));
    if (end.kind === "again") {
      const { code, reason, dueAt, wasAsked } = end;
      const counts = { tries: tries + 1, starts: wasAsked ? starts + 1 : starts };
      const set = { state: "waiting", code, reason, dueAt, commandId: null, ...counts } as const;
      return db.orm.update(arrivals).set(set).where(meant).run().changes > 0;
    }
    if ("code" in end) {
      const { kind: state, code, reason } = end;
      const set = { state, code, reason, answer: "none", closedAt: now } as const;
      return db.orm.update(arrivals).set(set).where(meant).run().changes > 0;
    }
    const { kind: state, nodeId, sessionId } = end;
    const promptId = end.kind === "prompted" ? end.promptId : null;
    const set = { state, nodeId, sessionId, promptId, code: null, reason: null, closedAt: now };
    const closed = db.orm.update(arrivals).set(set).where(meant).returning().get();
    if (closed !== undefined && end.kind === "started")
      db.orm.update(incomingCases).set({ nodeId, sessionId }).where(eq(incomingCases.id, closed.caseId)).run();
    return closed !== undefined;
  },
);

/** Has those that wait for another try be tried now. */
export const hurryArrivals = write("hurryArrivals", (db: WriterDatabase, now: number): void => {
  db.orm
    .update(arrivals)
    .set({ dueAt: now })
    .where(and(eq(arrivals.state, "waiting"), isNull(arrivals.closedAt), gte(arrivals.dueAt, now)))
    .run();
});

/** Who switches a repository, and by which request. */
export interface SwitchBy {
  readonly repository: string;
  readonly actor: string;
  readonly now: number;
}

/** Switches a repository off or on, once per idempotency key; undefined where that is another request's. */
export const switchRepository = write(
  "switchRepository",
  (
    db: WriterDatabase,
    { repository, actor, now }: SwitchBy,
    isOn: boolean,
    idempotency: IdempotencyKey | undefined,
  ): { readonly changed: boolean } | undefined => {
    const known = idempotency === undefined ? undefined : keyStandsFor(db, idempotency);
    if (known === "other") return undefined;
    if (known !== undefined) return { changed: false };
    if (idempotency !== undefined) saveKey(db, idempotency, { made: repository, now });
    const key = repository.toLowerCase();
    if (isOn)
      return { changed: db.orm.delete(incomingSwitches).where(eq(incomingSwitches.repository, key)).run().changes > 0 };
    const row = { repository: key, name: repository, offAt: now, offBy: actor };
    return { changed: db.orm.insert(incomingSwitches).values(row).onConflictDoNothing().run().changes > 0 };
  },
);

/** Lets arrivals go that were closed, and answered, before a time; returns how many went, `most` at a time. */
export const pruneArrivals = write("pruneArrivals", (db: WriterDatabase, before: number, most: number): number => {
  const old = db.orm
    .select({ id: arrivals.id })
    .from(arrivals)
    .where(and(lt(arrivals.closedAt, before), inArray(arrivals.answer, ["none", "written", "stopped"])))
    .limit(most)
    .all()
    .map(({ id }) => id);
  if (old.length > 0) db.orm.delete(arrivals).where(inArray(arrivals.id, old)).run();
  return old.length;
});
