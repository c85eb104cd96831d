import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  addNotices,
  countNotices,
  countTold,
  eventsAfter,
  isNoticed,
  listNotices,
  nextDueAt,
  nextNotice,
  type NoticeRow,
  noticesOfEvent,
  prune,
  pruneStep,
  recordTried,
  resumeTarget,
  retryTarget,
  stateOfTarget,
  statesOfTargets,
  stopTarget,
  waitingNotices,
} from "../../../src/supervisor/index.ts";
import { MOST_WAITING } from "../../../src/supervisor/channels/writes.ts";
import { LogStage } from "../../support/log-stage.ts";

const N8N = "webhook#n8n";

let stage: LogStage;
beforeAll(async () => {
  stage = await LogStage.open();
});
beforeEach(() => stage.anew());
afterAll(() => stage[Symbol.asyncDispose]());

let made = 0;
function notice(changes: Partial<NoticeRow> = {}): NoticeRow {
  made += 1;
  return {
    id: `n${made}`,
    target: N8N,
    fingerprint: `event/${made}`,
    eventId: made,
    route: "session.error",
    subject: "",
    type: "session.error",
    at: 1,
    data: { text: "web failed" },
    state: "waiting",
    isUrgent: false,
    cardId: null,
    tries: 0,
    dueAt: 10,
    reason: null,
    createdAt: 10,
    closedAt: null,
    ...changes,
  };
}

function sent(row: NoticeRow, changes: Partial<Parameters<typeof recordTried>[1]> = {}) {
  const { id, target } = row;
  return {
    notice: { id, target, state: "sent" as const, tries: 1, dueAt: 20, reason: null, closedAt: 20 },
    target: { failingSince: null, reason: null, failures: 0, notBefore: 0, lastSentAt: 20 },
    hurry: false,
    now: 20,
    ...changes,
  };
}

const typesOf = async () => (await eventsAfter(stage.store, 0, 100)).map(({ type }) => type);

describe("notices", () => {
  it("are kept once for each target and thing, whoever asks again", async () => {
    const first = notice({ fingerprint: "event/7", eventId: 7 });
    await addNotices(stage.store, [first]);
    const other = notice({ fingerprint: "event/7", eventId: 7, target: "webhook#other" });
    await addNotices(stage.store, [notice({ fingerprint: "event/7", eventId: 7 }), other]);
    const kept = await noticesOfEvent(stage.store, 7);
    expect(kept.map(({ id, target }) => [id, target])).toEqual([
      [first.id, N8N],
      [other.id, "webhook#other"],
    ]);
    expect([isNoticed(stage.store, N8N, "event/7"), isNoticed(stage.store, N8N, "event/8")]).toEqual([true, false]);
  });

  it("are sent in the order in which they came, and what failed comes behind what is new", async () => {
    const rows = [
      notice({ createdAt: 1, tries: 1 }),
      notice({ createdAt: 3 }),
      notice({ createdAt: 2 }),
      notice({ createdAt: 0, dueAt: 11 }),
      notice({ createdAt: 0, target: "webhook#other" }),
    ];
    await addNotices(stage.store, rows);
    const order: string[] = [];
    for (let next = nextNotice(stage.store, N8N, 10); next !== undefined; next = nextNotice(stage.store, N8N, 10)) {
      order.push(next.id);
      await recordTried(stage.store, sent(next));
    }
    expect(order).toEqual([rows[2]?.id, rows[1]?.id, rows[0]?.id]);
    expect([nextDueAt(stage.store, N8N), nextDueAt(stage.store, "webhook#nobody")]).toEqual([11, undefined]);
    expect(waitingNotices(stage.store)).toEqual(
      new Map([
        [N8N, { count: 1, since: 0 }],
        ["webhook#other", { count: 1, since: 0 }],
      ]),
    );
  });

  it("stay as they ended", async () => {
    const row = notice();
    await addNotices(stage.store, [row]);
    await recordTried(stage.store, sent(row));
    const late = { ...sent(row).notice, state: "given_up" as const, tries: 9, closedAt: 99 };
    await recordTried(stage.store, sent(row, { notice: late }));
    expect(await listNotices(stage.store, { limit: 10 })).toMatchObject([{ state: "sent", tries: 1, closedAt: 20 }]);
  });

  it("are not kept without end for a target that takes nothing: that one was not told is kept instead", async () => {
    await addNotices(
      stage.store,
      Array.from({ length: MOST_WAITING }, () => notice()),
    );
    const last = notice();
    await addNotices(stage.store, [last, notice({ target: "webhook#other" })]);
    expect(await listNotices(stage.store, { state: "given_up", limit: 10 })).toMatchObject([
      { id: last.id, reason: `${MOST_WAITING} others waited for ${N8N} already`, closedAt: 10 },
    ]);
    expect(waitingNotices(stage.store).get("webhook#other")?.count).toBe(1);
  });

  it("are counted by their route, from a time on, and without those that were not told", async () => {
    await addNotices(stage.store, [
      notice({ createdAt: 5 }),
      notice({ createdAt: 6 }),
      notice({ createdAt: 7, state: "limited", closedAt: 7 }),
      notice({ createdAt: 7, route: "node.offline" }),
      notice({ createdAt: 7, target: "webhook#other" }),
    ]);
    const about = { target: N8N, route: "session.error" };
    expect([5, 6, 7].map((since) => countTold(stage.store, { ...about, since }))).toEqual([2, 1, 0]);
    expect(countNotices(stage.store, about)).toBe(3);
  });

  it("are listed newest first, page by page", async () => {
    const rows = [1, 2, 2, 3].map((createdAt) => notice({ createdAt }));
    await addNotices(stage.store, rows);
    const first = await listNotices(stage.store, { limit: 2 });
    const { createdAt: at = 0, id = "" } = first.at(-1) ?? {};
    const second = await listNotices(stage.store, { limit: 9, after: { at, id } });
    expect([...first, ...second].map((row) => row.id).toSorted()).toEqual(rows.map((row) => row.id).toSorted());
    expect([...first, ...second].map((row) => row.createdAt)).toEqual([3, 2, 2, 1]);
  });

  it("go when they are old and closed, and stay as long as they wait", async () => {
    const [old, young, waiting] = [notice(), notice(), notice({ createdAt: 0 })];
    await addNotices(stage.store, [old, young, waiting]);
    await recordTried(stage.store, sent(old, { notice: { ...sent(old).notice, closedAt: 1 } }));
    await recordTried(stage.store, sent(young));
    const options = { before: 20, limit: 2 };
    const counts = await prune((place) => pruneStep(stage.store, place, options));
    expect(counts.notices).toBe(1);
    expect((await listNotices(stage.store, { limit: 9 })).map(({ id }) => id).toSorted()).toEqual(
      [young.id, waiting.id].toSorted(),
    );
  });

  it("that cannot be read are one row, and keep no other one from being shown", async () => {
    const rows = [notice(), notice()];
    await addNotices(stage.store, rows);
    stage.store.sqlite.driver.prepare("update notices set data = '{', at = -1 where id = ?").run(rows[0]?.id);
    const shown = await listNotices(stage.store, { limit: 9 });
    expect(shown.map(({ data, problem }) => [data, problem])).toEqual(
      expect.arrayContaining([
        [{}, "what is stored of it is not readable: at, data"],
        [{ text: "web failed" }, undefined],
      ]),
    );
  });
});

describe("a target", () => {
  it("has no state before something was sent to it", async () => {
    expect([stateOfTarget(stage.store, N8N), statesOfTargets(stage.store).size]).toEqual([undefined, 0]);
  });

  it("that takes something again has all that waits tried at once", async () => {
    const [row, waiting] = [notice(), notice({ dueAt: 9_000 })];
    await addNotices(stage.store, [row, waiting]);
    await recordTried(stage.store, sent(row));
    expect(nextNotice(stage.store, N8N, 20)).toBeUndefined();
    const other = notice();
    await addNotices(stage.store, [other]);
    await recordTried(stage.store, sent(other, { hurry: true }));
    expect(nextNotice(stage.store, N8N, 20)?.id).toBe(waiting.id);
  });

  it("is stopped once, says so in the log, and goes on when somebody's test arrived there", async () => {
    await addNotices(stage.store, [notice({ dueAt: 9_000 })]);
    expect(await stopTarget(stage.store, N8N, { reason: "it answered 410", now: 30 })).toBe(true);
    expect(await stopTarget(stage.store, N8N, { reason: "again", now: 31 })).toBe(false);
    expect(stateOfTarget(stage.store, N8N)).toMatchObject({ stoppedAt: 30, reason: "it answered 410" });
    // whoever saw to it before it stopped did not see to that
    await retryTarget(stage.store, N8N, { by: "SIGHUP", now: 35, stoppedUpTo: 29 });
    expect(stateOfTarget(stage.store, N8N)).toMatchObject({ stoppedAt: 30 });
    expect(await resumeTarget(stage.store, N8N, { by: "ann", now: 40 })).toBe(true);
    expect(await resumeTarget(stage.store, N8N, { by: "ann", now: 41 })).toBe(false);
    expect(stateOfTarget(stage.store, N8N)).toMatchObject({ stoppedAt: null, failingSince: null, lastSentAt: 41 });
    expect(nextNotice(stage.store, N8N, 40)).toBeDefined();
    expect(await typesOf()).toEqual(["channel.stopped", "channel.resumed"]);
  });
});
