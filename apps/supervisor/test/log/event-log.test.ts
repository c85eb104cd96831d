import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { createLogger } from "@hal/daemon";
import { type Appended, appendOwnEvents, openSupervisorStore, type SupervisorStore } from "@hal/store/supervisor";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EventLog } from "../../src/log/event-log.ts";

const migrations = fileURLToPath(new URL("../../../../packages/store/migrations/supervisor", import.meta.url));
const stay = new AbortController().signal;

let folder: string;
let store: SupervisorStore;
let lines: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hal log "));
  store = openSupervisorStore({ file: join(folder, "s.db"), migrations });
  lines = [];
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const log = createLogger({ name: "test", destination: { write: (line) => void lines.push(line) } });

function tell(name: string): Promise<unknown> {
  const event = { type: "node.online", at: 1, sourceKey: name, data: { hostname: name } } as const;
  return appendOwnEvents(store, [{ event, nodeId: "n1" }], 1);
}

describe("the event log", () => {
  it("wakes who waits and counts once with each commit that appended something", async () => {
    const counted: Appended[] = [];
    using events = await EventLog.open(store, { log, onAppended: (appended) => void counted.push(appended) });
    const woken = events.arm(stay);
    await tell("a");
    await woken;
    expect(events.newestId).toBe(1);
    await tell("a");
    await tell("b");
    expect(counted.map(({ counts }) => counts)).toEqual([{ "node.online": 1 }, { "node.online": 1 }]);
    expect(events.newestId).toBe(counted[1]?.newestId);
  });

  it("finds by itself what no commit of this process told of", async () => {
    using events = await EventLog.open(store, { log, onAppended: () => undefined, lookEveryMs: 20 });
    const woken = events.arm(stay);
    const beside = new DatabaseSync(join(folder, "s.db"));
    beside.exec("insert into events (at, received_at, type, data) values (1, 1, 'gap', '{}')");
    await woken;
    expect(events.newestId).toBe(1);
    beside.close();
  });

  it("wakes also where what was appended cannot be counted", async () => {
    const onAppended = (): void => {
      throw new Error("no such label");
    };
    using events = await EventLog.open(store, { log, onAppended });
    const woken = events.arm(stay);
    await tell("a");
    await woken;
    expect(lines.join("")).toContain("no such label");
  });
});
