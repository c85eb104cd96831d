import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLogger } from "@hal/daemon";
import { decodeFrame, Events, type HalEvent } from "@hal/protocol";
import { type AgentStore, frameAfter, openAgentStore } from "@hal/store/agent";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ProgressWatch } from "../../src/capabilities/health/progress-watch.ts";

const migrations = fileURLToPath(new URL("../../../../packages/store/migrations/agent", import.meta.url));
const log = createLogger({ name: "test", destination: { write: () => undefined } });

interface Session {
  readonly id: string;
  status: "busy" | "idle";
  readonly directory?: string;
  readonly parentId?: string;
}

let folder: string;
let directory: string;
let store: AgentStore;
let watch: ProgressWatch;
let sessions: Session[];
let listeners: ((event: HalEvent) => void)[];
let now: number;

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "hal progress ")));
  directory = join(folder, "api");
  mkdirSync(directory);
  [sessions, listeners, now] = [[], [], 1_000];
  store = openAgentStore({ file: join(folder, "agent.db"), migrations });
  watch = await begin();
});
afterEach(() => {
  store.sqlite.close();
  rmSync(folder, { recursive: true });
});

/** One life of the agent on the same disk. */
async function begin(): Promise<ProgressWatch> {
  const tellers = () => sessions.map((one) => ({ managed: true, directory, ...one }));
  const book = {
    all: tellers,
    get: (id: string) => tellers().find((one) => one.id === id),
    listen: (listener: (event: HalEvent) => void) => {
      listeners.push(listener);
      return () => true;
    },
  };
  const made = new ProgressWatch({
    projects: [project()],
    book: book as never,
    clock: { now: () => ++now, monotonic: () => now },
    log,
    places: { real: (path) => realpathSync(path) },
    store,
  });
  await made.load();
  return made;
}

const project = () => ({ name: "api", directory });

function says(text: string): void {
  mkdirSync(join(directory, ".context"), { recursive: true });
  writeFileSync(join(directory, ".context", "PROGRESS.md"), text);
}

async function told(): Promise<unknown[]> {
  const frame = await frameAfter(store, "epoch", 0);
  if (frame === undefined) return [];
  const read = decodeFrame(Events, new Set(["events"]), frame.text);
  if (!read.ok) throw new Error(read.problem);
  return read.frame.events.map(({ type, project: of, session, data }) => [type, of, session, data]);
}

describe("a project's progress file", () => {
  it("is told once when it begins to say that the task is completed, by each life of the agent and by all of them", async () => {
    await watch.look(project());
    says("# Mend it\n\nStatus: in progress\n");
    await watch.look(project());
    expect(await told()).toEqual([]);
    says("# Mend it\n\nStatus: completed\n");
    watch = await begin();
    for (let look = 0; look < 3; look += 1) await watch.look(project());
    watch = await begin();
    await watch.look(project());
    expect(await told()).toEqual([["task.completed", "api", undefined, { by: "file", title: "Mend it" }]]);
    says("Status: in progress\n");
    await watch.look(project());
    says("# Mend it\n\nStatus: completed\n");
    await watch.look(project());
    expect((await told()).map((event) => (event as string[])[0])).toEqual([
      "task.completed",
      "task.reopened",
      "task.completed",
    ]);
  });

  it("is told with the session that worked there alone, and with none where several did", async () => {
    const [one, other]: Session[] = [
      { id: "ses_one", status: "busy" },
      { id: "ses_other", status: "idle" },
    ];
    if (one === undefined || other === undefined) throw new Error("there are two");
    sessions = [one, other, { id: "ses_child", status: "busy", parentId: "ses_one" }];
    await watch.look(project());
    for (const [status, expected] of [
      ["idle", "ses_one"],
      ["busy", undefined],
    ] as const) {
      other.status = status;
      says("Status: completed\n");
      await watch.look(project());
      expect((await told()).at(-1)).toEqual(["task.completed", "api", expected, { by: "file" }]);
      says("Status: open\n");
      await watch.look(project());
    }
  });

  it("is looked at when a session comes to rest there, and nowhere else", async () => {
    const ending = new AbortController();
    sessions = [
      { id: "ses_one", status: "idle" },
      { id: "ses_below", status: "idle", directory: folder },
    ];
    const running = watch.run(ending.signal);
    // behind the look with which it begins
    await watch.look(project());
    says("Status: completed\n");
    for (const session of ["ses_below", "ses_one"])
      for (const listener of listeners) listener({ type: "session.idle", at: 1, session, data: {} });
    await expect.poll(told).toEqual([["task.completed", "api", "ses_one", { by: "file" }]]);
    ending.abort();
    await running;
  });

  it("that cannot be read, or lies elsewhere, says nothing", async () => {
    await watch.look(project());
    writeFileSync(join(folder, "PROGRESS.md"), "Status: completed\n");
    symlinkSync(folder, join(directory, ".context"));
    await watch.look(project());
    rmSync(join(directory, ".context"));
    mkdirSync(join(directory, ".context", "PROGRESS.md"), { recursive: true });
    await watch.look(project());
    expect(await told()).toEqual([]);
  });

  it("is looked at anew where what was remembered cannot be read", async () => {
    says("Status: completed\n");
    store.sqlite.driver.prepare("insert into progress values ('api', ?, '{')").run(directory);
    watch = await begin();
    await watch.look(project());
    expect(await told()).toEqual([]);
    expect(store.sqlite.driver.prepare("select memory from progress").pluck().get()).toContain('"completed"');
  });
});
