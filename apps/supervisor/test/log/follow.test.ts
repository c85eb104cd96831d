import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createLogger } from "@hal/daemon";
import { appendOwnEvents, openSupervisorStore, renewLogId, type SupervisorStore } from "@hal/store/supervisor";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EventLog } from "../../src/log/event-log.ts";
import { follow, type Following } from "../../src/log/follow.ts";
import { Readers } from "../../src/log/readers.ts";

const migrations = fileURLToPath(new URL("../../../../packages/store/migrations/supervisor", import.meta.url));
const NAMES = ["a", "b"] as const;

let folder: string;
let store: SupervisorStore;
let events: EventLog;
let told = 0;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hal follow "));
  store = openSupervisorStore({ file: join(folder, "s.db"), migrations });
  const log = createLogger({ name: "test", destination: { write: () => undefined } });
  events = await EventLog.open(store, { log, onAppended: () => undefined });
});
afterEach(async () => {
  events[Symbol.dispose]();
  await store.close();
  await rm(folder, { recursive: true });
});

async function tell(...hostnames: readonly string[]): Promise<void> {
  const own = hostnames.map((hostname) => {
    told += 1;
    return {
      event: { type: "node.online", at: 1, sourceKey: `n${told}`, data: { hostname } },
      nodeId: hostname,
    } as const;
  });
  await appendOwnEvents(store, own, 1);
}

function begin(readers: Readers, { name, after }: { readonly name?: string; readonly after: number }): Following {
  return {
    after,
    logId: store.logId,
    first: [],
    wanted: { key: name ?? "", passes: ({ nodeId }) => name === undefined || nodeId === name },
    begin: () => readers.begin(after, "control"),
  };
}

interface Seen {
  readonly id: number;
  readonly node_id: string;
}

/** Takes what it can get, with a pause now and then, until the signal aborts. */
async function take(following: Following, signal: AbortSignal, isSlow = false): Promise<Seen[]> {
  const seen: Seen[] = [];
  for await (const items of follow(events, following, signal)) {
    seen.push(...items.map(({ item }) => item as Seen));
    if (isSlow) await nextTurn();
  }
  return seen;
}

describe("following the log", () => {
  it("gives each reader what it wants of every event, in order and once, and keeps its place until it ends", async () => {
    const step = fc.oneof(
      fc.record({ tell: fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 }), isWaited: fc.boolean() }),
      fc.record({ turns: fc.integer({ min: 1, max: 3 }) }),
      fc.record({
        name: fc.option(fc.constantFrom(...NAMES), { nil: undefined }),
        isSlow: fc.boolean(),
        back: fc.nat(5),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        const readers = new Readers();
        const over = new AbortController();
        const running: { readonly after: number; readonly name: string | undefined; readonly seen: Promise<Seen[]> }[] =
          [];
        const telling: Promise<void>[] = [];
        const all: Seen[] = [];
        for (const one of steps) {
          if ("tell" in one) {
            telling.push(tell(...one.tell));
            if (one.isWaited) await Promise.all(telling);
          } else if ("turns" in one) {
            for (let turn = 0; turn < one.turns; turn += 1) await nextTurn();
          } else {
            const after = Math.max(0, events.newestId - one.back);
            const following = begin(readers, { ...(one.name === undefined ? {} : { name: one.name }), after });
            running.push({ after, name: one.name, seen: take(following, over.signal, one.isSlow) });
          }
        }
        await Promise.all(telling);
        await tell("a", "b");
        const end = events.newestId;
        while (running.length > 0 && (readers.slowest ?? 0) < end) await nextTurn();
        expect(readers.slowest).toBe(running.length === 0 ? undefined : end);
        over.abort();
        for await (const items of follow(events, begin(readers, { after: 0 }), AbortSignal.timeout(60_000))) {
          all.push(...items.map(({ item }) => item as Seen));
          if (all.at(-1)?.id === end) break;
        }
        for (const { after, name, seen } of running)
          expect((await seen).map(({ id }) => id)).toEqual(
            all
              .filter((event) => event.id > after && (name === undefined || event.node_id === name))
              .map(({ id }) => id),
          );
        expect(readers.slowest).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it("makes the pieces of those who want the same once", async () => {
    const readers = new Readers();
    const over = new AbortController();
    const next = (following: Following) => follow(events, following, over.signal)[Symbol.asyncIterator]().next();
    const [one, other, third] = [{ after: 0 }, { after: 0 }, { name: "a", after: 0 }].map((wanted) =>
      next(begin(readers, wanted)),
    );
    await tell("a", "b");
    const pieces = await Promise.all([one, other, third]);
    expect(pieces[0]?.value).toHaveLength(2);
    expect(pieces[1]?.value).toBe(pieces[0]?.value);
    expect(pieces[2]?.value).toEqual([expect.objectContaining({ item: expect.objectContaining({ node_id: "a" }) })]);
    over.abort();
  });

  it("ends where its signal has aborted before it began", async () => {
    const readers = new Readers();
    expect(await take(begin(readers, { after: 0 }), AbortSignal.abort())).toEqual([]);
    expect(readers.slowest).toBeUndefined();
  });

  it("fails where the log begins a new life", async () => {
    const readers = new Readers();
    const failing = take(begin(readers, { after: 0 }), new AbortController().signal);
    await nextTurn();
    await renewLogId(store, 1);
    await tell("a");
    await expect(failing).rejects.toMatchObject({ code: "cursor_lost" });
    expect(readers.slowest).toBeUndefined();
  });
});
