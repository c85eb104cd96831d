import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeFrame, EVENT_TYPES, Events, type EventType, type HalEvent, keepOf } from "@hal/protocol";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type AgentStore, frameAfter, openAgentStore, outboxPosition, record } from "../../src/agent/index.ts";

const migrations = fileURLToPath(new URL("../../migrations/agent", import.meta.url));
const LIMITS = { events: 3, bytes: 1_000_000, keptBytes: 1_000_000, keptMs: 1_000 };
let directory: string;
let store: AgentStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "hal-kept-"));
  store = openAgentStore({ file: join(directory, "a.db"), migrations, limits: LIMITS });
});
afterEach(async () => {
  store.sqlite.close();
  await rm(directory, { recursive: true });
});

/** Of its data the outbox looks at nothing. */
function eventOf(type: EventType, at: number): HalEvent {
  return { type, at, data: {} } as HalEvent;
}

async function tell(...events: readonly HalEvent[]): Promise<void> {
  await record(store, events, []);
}

async function kept(): Promise<string[]> {
  const { epoch } = await outboxPosition(store);
  const frame = await frameAfter(store, epoch, 0);
  const decoded = decodeFrame(Events, new Set(["events"]), frame?.text ?? "");
  if (!decoded.ok) throw new Error(decoded.problem);
  return decoded.frame.events.map(({ type }) => type);
}

const typesKept = (how: ReturnType<typeof keepOf>) => EVENT_TYPES.filter((type) => keepOf(type) === how);
const full = [eventOf("session.busy", 1), eventOf("session.busy", 2), eventOf("session.busy", 3)];

it.each(typesKept("droppable"))("a full outbox gives up %s for a gap", async (type) => {
  await tell(eventOf(type, 1), eventOf(type, 2), eventOf(type, 3));
  await tell(eventOf("session.busy", 4));
  expect(await kept()).toEqual(["gap", "session.busy"]);
});

it.each(typesKept("reserved"))("a full outbox has room for %s", async (type) => {
  await tell(...full);
  await tell(eventOf(type, 4));
  expect((await kept()).at(-1)).toBe(type);
});

it.each(typesKept("always"))("a full outbox refuses %s and keeps what it has", async (type) => {
  await tell(...full);
  await expect(tell(eventOf(type, 4))).rejects.toMatchObject({ code: "OUTBOX_FULL" });
  expect(await kept()).toEqual(full.map((event) => event.type));
});

it("the protocol names the types that may be dropped", async () => {
  const protocol = await readFile(new URL("../../../../docs/protocol.md", import.meta.url), "utf8");
  const [, progress = ""] = /Droppable are only progress facts \(([^)]*)\)/.exec(protocol) ?? [];
  expect([...progress.matchAll(/`([a-z.]+)`/g)].map(([, type]) => type)).toEqual(typesKept("droppable"));
});

it("finds what it may drop by the index that the database has", () => {
  const { sql } = store.sqlite.driver
    .prepare<[], { sql: string }>("select sql from sqlite_master where name = 'outbox_droppable'")
    .get() as { sql: string };
  const listed = [...sql.matchAll(/'([a-z.]+)'/g)].map(([, type]) => type);
  expect(listed).toEqual(typesKept("droppable"));
});
