import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HalEvent } from "@hal/protocol";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type AgentStore,
  beginCounting,
  type Counters,
  countersAtTheirPlace,
  forgetCounted,
  forgetTold,
  keepLeases,
  keptLeases,
  type MessageShare,
  openAgentStore,
  outboxPosition,
  record,
  recordBudgetStop,
  resetEpoch,
} from "../../src/agent/index.ts";

const migrations = fileURLToPath(new URL("../../migrations/agent", import.meta.url));
let directory: string;
let store: AgentStore;
const file = (): string => join(directory, "agent.db");

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "hal spending "));
  store = openAgentStore({ file: file(), migrations });
});
afterEach(async () => {
  store.sqlite.close();
  await rm(directory, { recursive: true });
});

const message = (at: number): HalEvent => ({ type: "session.idle", at, session: "ses_1", project: "p", data: {} });
const share = (messageId: string, nanoUsd: number, more: Partial<MessageShare> = {}): MessageShare => ({
  sessionId: "ses_1",
  messageId,
  root: "ses_1",
  project: "p",
  nanoUsd,
  createdAt: 1_000,
  ...more,
});

const tell = (...shares: readonly MessageShare[]): Promise<void> => record(store, [message(1)], [], { shares });
const counters = async (...roots: readonly string[]): Promise<Counters> =>
  (await countersAtTheirPlace(store, roots)).counters;
const nodeNano = async (): Promise<number> => (await counters()).node;

describe("what a node spent", () => {
  beforeEach(() => beginCounting(store));

  it("is counted of the node, of the project and of the root session, with what is below it", async () => {
    await tell(share("msg_1", 5));
    await tell(share("msg_2", 7, { sessionId: "ses_2" }), share("msg_3", 11, { root: "ses_3", project: "q" }));
    await tell(share("msg_4", 13, { root: "ses_4", project: undefined }));
    const { node, projects, sessions } = await counters("ses_1", "ses_3", "ses_9");
    expect(node).toBe(36);
    expect([...projects]).toEqual([
      ["p", 12],
      ["q", 11],
    ]);
    expect([...sessions]).toEqual([
      ["ses_1", 12],
      ["ses_3", 11],
      ["ses_9", 0],
    ]);
  });

  it("is at the place of the outbox where its messages are, and is not there without them", async () => {
    await tell(share("msg_1", 5));
    expect(await countersAtTheirPlace(store, [])).toMatchObject({ place: { lastSeq: 1 }, counters: { node: 5 } });
    store.sqlite.driver.exec("create trigger no_more before insert on outbox begin select raise(abort, 'no'); end");
    await expect(tell(share("msg_2", 7))).rejects.toThrow("no");
    store.sqlite.driver.exec("drop trigger no_more");
    expect(await countersAtTheirPlace(store, [])).toMatchObject({ place: { lastSeq: 1 }, counters: { node: 5 } });
  });

  it("is there in the next life of the agent, and of the same life of the counters", async () => {
    await tell(share("msg_1", 5));
    const { life } = await counters();
    store.sqlite.close();
    store = openAgentStore({ file: file(), migrations });
    expect(await counters()).toMatchObject({ life, node: 5 });
    await tell(share("msg_1", 5));
    expect(await nodeNano()).toBe(5);
  });

  it("has another life in an outbox that is found to be an older copy, and in a new database", async () => {
    await tell(share("msg_1", 5));
    const { life } = await counters();
    await resetEpoch(store);
    const renewed = await counters();
    expect(renewed.life).not.toBe(life);
    expect(renewed.node).toBe(5);
    store.sqlite.close();
    for (const suffix of ["", "-wal", "-shm"]) await rm(`${file()}${suffix}`, { force: true });
    store = openAgentStore({ file: file(), migrations });
    expect([life, renewed.life]).not.toContain((await counters()).life);
  });

  it("is not counted again when everything is told anew, also of sessions whose messages were forgotten", async () => {
    const old = share("msg_1", 5, { createdAt: 1_000 });
    const young = share("msg_2", 7, { sessionId: "ses_2", root: "ses_2", createdAt: 5_000 });
    await tell(old, young);
    await forgetTold(store);
    await forgetCounted(store, 2_000);
    await tell(old, young);
    expect(await nodeNano()).toBe(12);
    expect(store.sqlite.driver.prepare("select session_id from counted").pluck().all()).toEqual(["ses_2"]);
    // what comes later in such a session counts
    await tell(share("msg_3", 11, { createdAt: 1_001 }));
    await forgetCounted(store, 9_000);
    await tell(old, young, share("msg_3", 11, { createdAt: 1_001 }));
    expect(await nodeNano()).toBe(23);
  });

  it("never overflows what can be told", async () => {
    await tell(share("msg_1", 2 ** 53), share("msg_2", 10 ** 15));
    expect(await nodeNano()).toBe(10 ** 15);
  });

  it("is the sum of what each message cost at most, however often and in whichever order it is told", async () => {
    const telling = fc.record({
      messageId: fc.constantFrom("msg_1", "msg_2", "msg_3"),
      sessionId: fc.constantFrom("ses_1", "ses_2"),
      project: fc.constantFrom("p", "q"),
      nanoUsd: fc.nat(1_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(telling, { maxLength: 4 }), { maxLength: 8 }), async (batches) => {
        store.sqlite.driver.exec("delete from spent; delete from counted");
        const most = new Map<string, number>();
        let before = 0;
        for (const batch of batches) {
          await tell(...batch.map((one) => share(one.messageId, one.nanoUsd, { ...one, root: "ses_1" })));
          for (const { sessionId, messageId, nanoUsd } of batch) {
            const key = `${sessionId}/${messageId}`;
            most.set(key, Math.max(most.get(key) ?? 0, nanoUsd));
          }
          const { node, projects, sessions } = await counters("ses_1");
          const sum = [...most.values()].reduce((all, one) => all + one, 0);
          expect(node).toBe(sum);
          expect(sessions.get("ses_1")).toBe(sum);
          expect([...projects.values()].reduce((all, one) => all + one, 0)).toBe(sum);
          expect(node).toBeGreaterThanOrEqual(before);
          before = node;
        }
      }),
      { numRuns: 30 },
    );
  });
});

it("a new database counts nothing of what was there before it was compared for the first time", async () => {
  await tell(share("msg_1", 5), share("msg_2", 7));
  expect(await nodeNano()).toBe(0);
  await beginCounting(store);
  await tell(share("msg_1", 5), share("msg_2", 9), share("msg_3", 11));
  expect(await nodeNano()).toBe(13);
});

it("a database of the version before begins at nothing, and counts no message that it had told", async () => {
  store.sqlite.close();
  for (const suffix of ["", "-wal", "-shm"]) await rm(`${file()}${suffix}`, { force: true });
  const older = join(directory, "older");
  await mkdir(join(older, "meta"), { recursive: true });
  await cp(migrations, older, { recursive: true });
  const journal = join(older, "meta", "_journal.json");
  const { entries, ...rest } = JSON.parse(await readFile(journal, "utf8")) as { entries: { tag: string }[] };
  const kept = entries.filter(({ tag }) => tag < "0007");
  expect(kept).toHaveLength(7);
  await writeFile(journal, JSON.stringify({ ...rest, entries: kept }));
  // what that version left
  const { migrate } = await import("drizzle-orm/better-sqlite3/migrator");
  const { drizzle } = await import("drizzle-orm/better-sqlite3");
  const driver = new Database(file());
  migrate(drizzle(driver), { migrationsFolder: older });
  driver.exec(`insert into meta (key, value) values ('epoch', 'e'), ('last_seq', '4'), ('acked', '0');
    insert into told_messages (session_id, message_id, hash) values ('ses_1', 'msg_1', 'h')`);
  driver.close();
  store = openAgentStore({ file: file(), migrations });
  expect(await outboxPosition(store)).toMatchObject({ epoch: "e", lastSeq: 4 });
  expect((await counters()).life).not.toBe("");
  await tell(share("msg_1", 5, { createdAt: Date.now() }), share("msg_2", 7, { createdAt: Date.now() }));
  expect(await nodeNano()).toBe(7);
  await forgetCounted(store, Date.now() + 86_400_000);
  await tell(share("msg_1", 5, { createdAt: 1_000 }));
  expect(await nodeNano()).toBe(7);
});

describe("what a node may spend", () => {
  const brief = { version: 3, counters: "c", validMs: 60_000, leases: [] };
  const kept = { brief, until: 70_000, leftMs: 60_000 };

  it("is kept as it was said, and is known to be unreadable where it is", async () => {
    expect(await keptLeases(store)).toBeUndefined();
    await keepLeases(store, kept);
    expect(await keptLeases(store)).toEqual(kept);
    store.sqlite.driver.exec("update meta set value = substr(value, 2) where key = 'leases'");
    expect(await keptLeases(store)).toBe("unreadable");
  });

  it("has a stop told once for each ceiling", async () => {
    const event: HalEvent = {
      type: "budget.stopped",
      at: 1,
      session: "ses_1",
      data: { budgetId: "b", budget: "the fleet", reason: "all is spent" },
    };
    const stop = { sessionId: "ses_1", budgetId: "b", at: "c/5", event };
    expect(await recordBudgetStop(store, stop)).toBe(true);
    expect(await recordBudgetStop(store, stop)).toBe(false);
    expect(await recordBudgetStop(store, { ...stop, budgetId: "b2" })).toBe(true);
    expect(await recordBudgetStop(store, { ...stop, at: "c/7" })).toBe(true);
    expect((await outboxPosition(store)).lastSeq).toBe(3);
  });
});
