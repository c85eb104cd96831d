import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MOST_DEPTH } from "@hal/protocol";
import {
  listEvents,
  listMessages,
  listSessions,
  mendAll,
  mendFile,
  mendPlaceOf,
  mendStep,
  totals,
  unreadableRows,
} from "../../../src/supervisor/index.ts";
import { LogStage, MIGRATIONS, NODE } from "../../support/log-stage.ts";
import { countSpentSince, spentSince } from "../../support/spent-since.ts";

const LATE = 8_640_000_000_000_001;
const DAY = 86_400_000;
const NEST = `${"[".repeat(8_000)}${"]".repeat(8_000)}`;

let stage: LogStage;
beforeEach(async () => {
  stage = await LogStage.open();
  for (const id of ["ses_1", "ses_2"]) {
    const facts = { title: id, createdAt: DAY, updatedAt: DAY, costMicroUsd: 5 };
    await stage.tell(DAY, { type: "session.started", project: "p", session: id, data: facts });
    const message = {
      messageId: `msg_${id}`,
      role: "assistant",
      state: "complete",
      text: "hi",
      createdAt: DAY,
      costMicroUsd: 5,
    };
    await stage.tell(DAY, { type: "session.message", project: "p", session: id, data: message });
  }
});
afterEach(() => stage[Symbol.asyncDispose]());

/** Mends in steps of so many rows. */
function mend(limit = 1_000) {
  return mendAll((place) => mendStep(stage.store, place, { now: 2 * DAY, limit }));
}

const store = (statements: string) => stage.store.sqlite.driver.exec(statements);

// I18
describe("a database with rows that cannot be shown", () => {
  beforeEach(() => {
    store(`update sessions set started_at = ${LATE}, cost_micro_usd = 9007199254740991 where id = 'ses_1';
      update messages set data = '${NEST}', cost_micro_usd = 9007199254740991 where session_id = 'ses_1';
      update nodes set opencode = '{"state":"up","since":${LATE}}';
      update spent_quarters set cost_nano_usd = 9007199254740991;
      update spent_day_sums set input = 9007199254740991;
      update spent_shares set cost_nano_usd = 9007199254740991 where session_id = 'ses_1';
      update events set at = ${LATE} where type = 'session.started' and session_id = 'ses_1';
      update events set data = '${NEST}' where type = 'session.message' and session_id = 'ses_2';`);
  });

  it.each([1, 2, 1_000])("has them counted, marked once, and kept as they were, %d rows at a time", async (limit) => {
    const counts = { nodes: 1, sessions: 1, messages: 1, spentQuarters: 3, events: 2 };
    expect(await unreadableRows(stage.store.sqlite)).toEqual(counts);
    expect(await mend(limit)).toEqual(counts);
    expect(await unreadableRows(stage.store.sqlite)).toEqual({});
    expect(await mend(limit)).toEqual({});

    const invalid = await listEvents(stage.store, { type: "event.invalid", limit: 100 });
    const raws = invalid.map(({ content }) => (content as { raw: string }).raw);
    expect(raws).toHaveLength(5);
    for (const lost of [
      `"started_at":${LATE}`,
      `"cost_micro_usd":9007199254740991`,
      NEST,
      `{\\"state\\":\\"up\\",\\"since\\":${LATE}}`,
      `"at":${LATE}`,
    ])
      expect(raws.filter((raw) => raw.includes(lost)).length).toBeGreaterThan(0);
  });

  it("is as good as ever for the rest, and adds up what can be", async () => {
    await mend();
    const sessions = await listSessions(stage.store, { limit: 10 });
    expect(sessions.map(({ id, problem, title }) => [id, problem, title])).toEqual([
      ["ses_1", undefined, "ses_1"],
      ["ses_2", undefined, "ses_2"],
    ]);
    expect((await totals(stage.store)).costMicroUsd).toBe(5);
    expect(await spentSince(stage.store, 0)).toMatchObject([{ project: "p", costMicroUsd: 5 }]);
    const again = {
      messageId: "msg_ses_1",
      role: "assistant",
      state: "complete",
      text: "hi",
      createdAt: DAY,
      costMicroUsd: 2,
    };
    await stage.tell(DAY, { type: "session.message", project: "p", session: "ses_1", data: again });
    expect(await spentSince(stage.store, 0)).toMatchObject([{ project: "p", costMicroUsd: 7 }]);
    expect(await countSpentSince(stage.store, 0)).toBe(2);
    expect(await listMessages(stage.store, NODE, "ses_2", 10)).toMatchObject([{ data: { text: "hi" } }]);
  });

  it("is mended from where a start before this one left off, and once", async () => {
    expect(mendPlaceOf(stage.store.sqlite)).toEqual({ part: "nodes", after: 0 });
    const first = await mendStep(stage.store, { part: "nodes", after: 0 }, { now: 1, limit: 10 });
    expect(mendPlaceOf(stage.store.sqlite)).toEqual(first.next);
    await mend();
    expect(mendPlaceOf(stage.store.sqlite)).toBeUndefined();
  });

  it("is looked at without a change, and mended, while nobody uses it", async () => {
    const { file } = stage.store.sqlite;
    await stage.store.close();
    const options = { file, migrations: MIGRATIONS, isInUse: false };
    expect(await mendFile(options, { now: 1, isDryRun: true })).toMatchObject({ sessions: 1 });
    await stage.goOnWith(file);
    const { logId } = stage.store;
    expect(stage.store.sqlite.isReadThrough).toBe(true);
    await stage.store.close();
    expect(await mendFile(options, { now: 1, isDryRun: false })).toMatchObject({ sessions: 1 });
    expect(await mendFile(options, { now: 1, isDryRun: true })).toEqual({});
    await stage.goOnWith(file);
    // what was done to it from outside is no restore
    expect(stage.store.logId).toBe(logId);
  });
});

it("a value with many brackets that is not deep is left alone", async () => {
  const wide = JSON.parse(`[${"[],".repeat(MOST_DEPTH * 2)}1]`) as unknown;
  await stage.tell(DAY, { type: "moon.full", data: wide });
  expect(await unreadableRows(stage.store.sqlite)).toEqual({});
});

it("sums of amounts that nobody can add up are no failure: 1,100 sessions, and SQLite's least and greatest number", async () => {
  store(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 1100)
    insert into sessions (node_id, id, project, title, status, status_reason, status_since, cost_micro_usd, tokens, tokens_total,
      compactions, external, started_at, last_activity_at)
    select node_id, 'ses_x' || i, project, title, status, status_reason, status_since, 9007199254740991, tokens, iif(i % 2, 9223372036854775807, -9223372036854775807 - 1), compactions, external, started_at, last_activity_at from sessions, n where id = 'ses_1'`);
  const { costMicroUsd, tokens } = await totals(stage.store);
  expect(costMicroUsd).toBe(Number.MAX_SAFE_INTEGER);
  expect(Number.isSafeInteger(tokens)).toBe(true);
});
