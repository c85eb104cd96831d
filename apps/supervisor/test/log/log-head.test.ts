import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  appendOwnEvents,
  newestEventId,
  openSupervisorStore,
  renewLogId,
  type SupervisorStore,
} from "@hal/store/supervisor";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LogHead, type LogPage } from "../../src/log/log-head.ts";

const migrations = fileURLToPath(new URL("../../../../packages/store/migrations/supervisor", import.meta.url));
/** What an event of these tests weighs, so that a few fill the memory. */
const EVENT_BYTES = 1_100;

let folder: string;
let store: SupervisorStore;
let newestId: number;
let told = 0;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hal head "));
  store = openSupervisorStore({ file: join(folder, "s.db"), migrations });
  newestId = 0;
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

async function tell(count: number): Promise<void> {
  const own = Array.from({ length: count }, () => {
    told += 1;
    return { event: { type: "node.online", at: 1, sourceKey: `n${told}`, data: { hostname: "box" } } as const };
  });
  await appendOwnEvents(store, own, 1);
  newestId = await newestEventId(store);
}

const headOf = (events: number): LogHead => new LogHead(store, () => newestId, events * EVENT_BYTES);
const ids = ({ events }: LogPage): number[] => events.map(({ row }) => row.id);
const pageOf = async (head: LogHead, id: number): Promise<LogPage> => head.near(id) ?? (await head.after(id));

describe("the head of the log", () => {
  it("reads and encodes an event once, however many follow", async () => {
    const head = headOf(100);
    await tell(3);
    const pages = await Promise.all([head.after(0), head.after(0), head.after(1)]);
    expect(pages.map(ids)).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [2, 3],
    ]);
    const [first, second] = pages.map(({ events }) => events.at(-1)?.item);
    expect(first).toBe(second);
    expect(JSON.parse(first?.json ?? "")).toMatchObject({ id: 3, type: "node.online" });
    expect(head.near(3)).toEqual({ logId: store.logId, events: [] });
  });

  it("gives each reader every event in order and once, wherever it begins and however little is in memory", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.oneof(fc.record({ tell: fc.integer({ min: 1, max: 30 }) }), fc.record({ read: fc.nat(2) })), {
          maxLength: 25,
        }),
        async (kept, steps) => {
          const begin = newestId;
          const head = headOf(kept);
          const readers = [begin, begin, Math.max(0, begin - 10)].map((from) => ({ from, seen: [] as number[] }));
          const read = async (reader: { readonly from: number; readonly seen: number[] }): Promise<number> => {
            const page = ids(await pageOf(head, reader.seen.at(-1) ?? reader.from));
            reader.seen.push(...page);
            return page.length;
          };
          for (const step of steps)
            if ("tell" in step) await tell(step.tell);
            else await read(readers[step.read] as (typeof readers)[number]);
          for (const reader of readers) while ((await read(reader)) > 0);
          for (const { from, seen } of readers)
            expect(seen).toEqual(Array.from({ length: newestId - from }, (_, index) => from + index + 1));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("forgets what it held when the log begins a new life, and names that life", async () => {
    const head = headOf(100);
    await tell(2);
    const before = await head.after(0);
    await renewLogId(store, 1);
    await tell(1);
    const after = await pageOf(head, 0);
    expect(after.logId).toBe(store.logId);
    expect(after.logId).not.toBe(before.logId);
    expect(after.events.map(({ item }) => item.cursor)).toEqual([1, 2, 3].map((id) => `${store.logId}:${id}`));
  });
});
