import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Hello } from "@hal/protocol";
import {
  eventsAfter,
  openSupervisorStore,
  recordConnected,
  type SupervisorStore,
  takeFrame,
} from "@hal/store/supervisor";
import { afterEach, beforeEach, expect, it } from "vitest";
import { WeekTeller } from "../../src/capabilities/notices/week-teller.ts";

const migrations = fileURLToPath(new URL("../../../../packages/store/migrations/supervisor", import.meta.url));
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NODE = "01900000-0000-7000-8000-000000000001";
const HELLO = {
  instance: "run-1",
  node: { id: NODE, hostname: "box", version: "0", os: "linux", arch: "x64" },
  outbox: { epoch: "e1", firstSeq: 0, lastSeq: 0, acked: 0 },
  features: [],
  projects: [],
  opencode: { state: "up", since: 1 },
} as unknown as Hello;
const MONDAY = Date.UTC(2026, 10, 23, 8);

let folder: string;
let store: SupervisorStore;
let now: number;
let types: readonly string[];
let weekly: { enabled: boolean; day: "monday" | "tuesday"; at: string };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hal week "));
  store = openSupervisorStore({ file: join(folder, "s.db"), migrations });
  [now, types, weekly] = [MONDAY, ["cost.reported"], { enabled: true, day: "monday", at: "08:00" }];
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

/** As after a start. */
function teller(): WeekTeller {
  const context = {
    store,
    clock: { now: () => now },
    costZone: () => "UTC",
    routes: {
      get types() {
        return types;
      },
    },
  };
  const used = { cost: { weekly_report: weekly }, database: { retention_days: 90 } };
  return new WeekTeller(context as never, () => used as never);
}

/** A node's session spends something. */
async function spend(): Promise<void> {
  const tokens = { input: 1, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 };
  const about = { messageId: "m1", role: "assistant", state: "complete", text: "x", createdAt: 1 };
  const data = { ...about, tokens, costMicroUsd: 5 };
  const event = { seq: 1, at: now, type: "session.message", project: "web", session: "ses_1", data };
  await recordConnected(store, HELLO, { secretHash: "x", secretConfirmed: true }, { now: 1, goesOn: true });
  const bytes = Buffer.from(JSON.stringify({ type: "events", epoch: "e1", events: [event] }));
  expect((await takeFrame(store, { nodeId: NODE, bytes, receivedAt: now })).kind).toBe("taken");
}

const told = async (): Promise<unknown[]> =>
  (await eventsAfter(store, 0, 100)).filter(({ type }) => type === "cost.reported");

it("tells a week once, also after a start and with a clock that is set back, and the next one", async () => {
  await spend();
  const first = teller();
  await first.tell();
  await first.tell();
  await teller().tell();
  now -= 3 * HOUR;
  await teller().tell();
  now += 40 * HOUR;
  await teller().tell();
  expect(await told()).toHaveLength(1);
  expect((await told())[0]).toMatchObject({
    at: MONDAY,
    nodeId: null,
    content: { from: MONDAY - 8 * HOUR - 7 * DAY, to: MONDAY - 8 * HOUR, title: "16 to 22 November 2026" },
  });
  now = MONDAY + 7 * DAY;
  await first.tell();
  expect(await told()).toHaveLength(2);
});

it.each<[string, () => void]>([
  ["no route takes it", () => void (types = ["session.error"])],
  ["it is switched off", () => void (weekly.enabled = false)],
  ["another day is wanted", () => void (weekly.day = "tuesday")],
  ["its time has not come", () => void (weekly.at = "08:01")],
])("tells nothing where %s", async (_why, change) => {
  await spend();
  change();
  await teller().tell();
  expect(await told()).toEqual([]);
});

it("tells nothing of a fleet that never spent anything", async () => {
  await teller().tell();
  expect(await told()).toEqual([]);
  await spend();
  await teller().tell();
  expect(await told()).toHaveLength(1);
});
