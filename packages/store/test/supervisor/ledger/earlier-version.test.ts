import { join } from "node:path";
import type { EventEnvelope } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqlite } from "../../../src/file/sqlite.ts";
import {
  countSpentSince,
  type LedgerDimension,
  ledgerSums,
  mendAll,
  mendPlaceOf,
  mendStep,
  setPrices,
} from "../../../src/supervisor/index.ts";
import { LogStage, migrationsBefore, NODE } from "../../support/log-stage.ts";

const DAY_MS = 86_400_000;
const EVER = { from: 0, fromDay: 0 };
const TOKENS = { input: 1, output: 2, reasoning: 3, cacheRead: 4, cacheWrite: 5 };

let stage: LogStage;
beforeEach(async () => {
  stage = await LogStage.open();
});
afterEach(() => stage[Symbol.asyncDispose]());

/** Goes on with a database of the version before, in which that was done. */
async function goOnAfter(statements: string): Promise<void> {
  const file = join(stage.folder, "old.db");
  const old = openSqlite({ file, migrations: await migrationsBefore(stage.folder, "0040_ledger") });
  old.driver.exec(statements);
  old.close();
  await stage.goOnWith(file);
}

function session(id: string, parent?: string, more = ""): string {
  return `insert into sessions (node_id, id, project, parent_id, title, status, status_reason, status_since, cost_micro_usd,
    tokens, tokens_total, compactions, external, started_at, last_activity_at ${more === "" ? "" : ", prompted_by, prompted_with"})
    values ('${NODE}', '${id}', 'p', ${parent === undefined ? "null" : `'${parent}'`}, '', 'idle', '', 1, 0, '{}', 0, 0, 0, 1, 1 ${more});`;
}

/** As it was kept for each message; `tokens` beside it is its row. */
function message(id: string, of: string, day: number, microUsd: number, row?: object): string {
  const counted = `insert into spent_messages values ('${of}', '${id}', ${day}, 'p', 'a/one', ${microUsd}, 15);`;
  if (row === undefined) return counted;
  return `${counted} insert into messages (node_id, session_id, id, event_id, role, state, created_at, cost_micro_usd, tokens_total,
    copied, data) values ('${NODE}', '${of}', '${id}', 1, 'assistant', 'complete', ${day * DAY_MS + 3_600_000}, ${microUsd}, 15, 0,
    '${JSON.stringify({ model: "a/one", ...row })}');`;
}

const day = (number: number, microUsd: number, tokens: number): string =>
  `insert into spent_days values (${number}, 'p', 'a/one', ${microUsd}, ${tokens});`;

async function by(...dimensions: LedgerDimension[]): Promise<Record<string, number>> {
  const sums = await ledgerSums(stage.store, EVER, dimensions);
  return Object.fromEntries(sums.map(({ values, costNanoUsd }) => [values.join(" "), costNanoUsd]));
}

const answer = (id: string, of: string, number: number, costMicroUsd: number): Omit<EventEnvelope, "seq" | "at"> => ({
  type: "session.message",
  project: "p",
  session: of,
  data: {
    messageId: id,
    role: "assistant",
    state: "complete",
    text: "x",
    model: "a/one",
    costMicroUsd,
    tokens: TOKENS,
    createdAt: number * DAY_MS + 3_600_000,
  },
});

// I9
describe("what an earlier version kept of what was spent", () => {
  const OLD = [
    session("ses_1"),
    session("ses_c", "ses_1"),
    message("msg_1", "ses_1", 30, 5, { tokens: TOKENS }),
    message("msg_2", "ses_c", 30, 20, { tokens: TOKENS }),
    // pruned with its session, and not closed yet
    message("msg_3", "ses_gone", 31, 300),
    // and a day that is closed
    day(1, 4_000, 100),
    day(30, 25, 30),
    day(31, 300, 15),
    `insert into spent_sessions values ('${NODE}', 'ses_1', 30), ('${NODE}', 'ses_c', 30), ('${NODE}', 'ses_gone', 31), ('${NODE}', 'ses_old', 1);`,
  ].join("\n");

  it("stays as it was, with all that is known of it, and nothing that is guessed", async () => {
    await goOnAfter(OLD);
    expect(await by()).toEqual({ "": 4_325_000 });
    expect(await by("project", "model")).toEqual({ "p a/one": 4_325_000 });
    expect(await by("node", "session")).toEqual({
      " ": 4_000_000,
      " ses_gone": 300_000,
      [`${NODE} ses_1`]: 25_000,
    });
    expect(await by("actor")).toEqual({ "": 4_325_000 });
    const [sum] = await ledgerSums(stage.store, EVER, []);
    expect(sum).toMatchObject({ input: 2, output: 4, reasoning: 6, cacheRead: 8, cacheWrite: 10, unsplit: 115 });
    expect(await Promise.all([0, 2, 31, 32].map((from) => countSpentSince(stage.store, from * DAY_MS)))).toEqual([
      4, 3, 1, 0,
    ]);
  });

  it("counts on the day of its name where its hour is not known, and else in its own quarter of an hour", async () => {
    await goOnAfter(OLD);
    // the day as it is two hours to the west: from 2:00 of UTC on
    const west = (number: number) => ({
      from: number * DAY_MS + 7_200_000,
      to: (number + 1) * DAY_MS + 7_200_000,
      fromDay: number,
      toDay: number + 1,
    });
    const sums = await Promise.all([1, 29, 30, 31].map((number) => ledgerSums(stage.store, west(number), [])));
    expect(sums.map(([sum]) => sum?.costNanoUsd ?? 0)).toEqual([4_000_000, 25_000, 0, 300_000]);
  });

  it("is known for what it is when it is told once more, and is not priced", async () => {
    await goOnAfter([OLD, session("ses_gone"), message("msg_4", "ses_1", 31, 0), day(40, 0, 0)].join("\n"));
    const before = await by("session");
    await setPrices(stage.store, [{ model: "a/*", input: 1e6, output: 1e6, cacheRead: 1e6, cacheWrite: 1e6 }]);
    await stage.tell(1, answer("msg_1", "ses_1", 30, 5), answer("msg_3", "ses_gone", 31, 300));
    await stage.tell(2, answer("msg_4", "ses_1", 31, 0), answer("msg_2", "ses_c", 30, 20));
    expect(await by("session")).toEqual(before);
    expect(await ledgerSums(stage.store, EVER, [])).toMatchObject([{ unpricedTokens: 15, unsplit: 100 }]);
  });

  it("knows who gave a session its newest prompt, for what it does next", async () => {
    const prompted = `, 'ann', 'msg_0'`;
    await goOnAfter([session("ses_1", undefined, prompted), session("ses_2")].join("\n"));
    await stage.tell(1, answer("msg_1", "ses_1", 30, 5), answer("msg_1", "ses_2", 30, 5));
    expect(await by("actor")).toEqual({ ann: 5_000, "": 5_000 });
  });

  it.each([
    ["nothing", ""],
    ["days that nobody can add up", `${day(1, 9e15, 9e15)} insert into spent_days values (2, 'p', 'x', 1e300, 'x');`],
    ["messages that nobody can read", `${message("m", "s", 3, 9e15)} update messages set data = 'x';`],
    [
      "sessions in a ring",
      `${session("ses_a", "ses_b")} ${session("ses_b", "ses_a")} ${message("m", "ses_a", 1, 5, {})}`,
    ],
  ])("may be %s", async (_what, statements) => {
    await goOnAfter(statements);
    for (const dimensions of [[], ["session"], ["node", "model"]] as const)
      expect((await ledgerSums(stage.store, EVER, dimensions)).length).toBeLessThan(5);
  });

  it("may have been in the middle of its mending", async () => {
    await goOnAfter(`insert into meta (key, value) values ('mended', '{"part":"spentDays","after":0}')
      on conflict (key) do update set value = excluded.value`);
    const place = mendPlaceOf(stage.store.sqlite);
    expect(place).toEqual({ part: "spentQuarters", after: 0 });
    await mendAll((at) => mendStep(stage.store, at, { now: 1, limit: 10 }), place);
    expect(mendPlaceOf(stage.store.sqlite)).toBeUndefined();
  });
});
