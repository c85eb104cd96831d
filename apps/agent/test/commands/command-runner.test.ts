import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HalEvent } from "@hal/protocol";
import { createLogger, systemClock, noTracing } from "@hal/daemon";
import { type AgentStore, executionById, openAgentStore, outboxDepth, outboxPosition, record } from "@hal/store/agent";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BackEnd } from "../../src/back-end.ts";
import { OPENCODE_ABILITIES } from "../../src/opencode/v1/client.ts";
import { newMessageId } from "../../src/opencode/v1/message-id.ts";
import type { Context, Opencode } from "../../src/context.ts";
import { Acting } from "../../src/capabilities/sessions/acting.ts";
import { Holds } from "../../src/capabilities/holds/holds.ts";
import { StandingRules } from "../../src/capabilities/rules/standing-rules.ts";
import { Answering } from "../../src/capabilities/sessions/answering.ts";
import { PromptsUnderWay } from "../../src/capabilities/sessions/prompts-under-way.ts";
import { Followed } from "../../src/capabilities/sessions/followed.ts";
import { Preconditions } from "../../src/capabilities/preconditions/preconditions.ts";
import { CommandRunner } from "../../src/capabilities/commands/run-command.ts";
import { HealthWatch } from "../../src/capabilities/health/health-watch.ts";
import { LiveLane } from "../../src/capabilities/live/live-lane.ts";
import { DurableLog } from "../../src/capabilities/sessions/durable-log.ts";
import { Directories } from "../../src/capabilities/projects/per-directory.ts";
import { Places } from "../../src/capabilities/projects/places.ts";
import { Worktrees } from "../../src/capabilities/projects/worktrees.ts";
import { Leases } from "../../src/capabilities/leases/leases.ts";
import { Spending } from "../../src/capabilities/leases/spending.ts";
import { SessionBook } from "../../src/capabilities/sessions/session-book.ts";
import { OutboxSender } from "../../src/uplink/sender.ts";

const migrations = fileURLToPath(new URL("../../../../packages/store/migrations/agent", import.meta.url));
let directory: string;
let store: AgentStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "hal agent "));
  store = openAgentStore({ file: join(directory, "agent.db"), migrations });
});
afterEach(async () => {
  store.sqlite.close();
  await rm(directory, { recursive: true });
});

/** The database takes no writes, as on a full or read-only disk. */
const takesWrites = (does: boolean): void => {
  store.sqlite.driver.pragma(`query_only = ${does ? "OFF" : "ON"}`);
};

describe("commands", () => {
  const lines: string[] = [];
  const log = createLogger({ name: "test", destination: { write: (line) => void lines.push(line) } });
  const stopping = new AbortController();
  let followed: Followed;

  function runner(): CommandRunner {
    const spending = new Spending(store, () => []);
    const placement = { projectOf: () => "p", isExternal: () => false };
    const book = new SessionBook(store, { placement, log, spending });
    const opencode: Opencode = {
      api: () => ({ ...({} as BackEnd), abilities: OPENCODE_ABILITIES, hasSession, newMessageId }),
      waitUp: async () => undefined,
      waitComing: async () => undefined,
      credentials: () => [],
      hide: (text) => text,
      report: () => {
        takesWrites(!failsUnderWay);
        return { state: "up", since: 1 };
      },
    };
    const parts = { book, clock: systemClock, log, opencode, followed, readTask: async () => undefined };
    const context: Context = {
      version: "1",
      store,
      clock: systemClock,
      log,
      tracing: noTracing,
      book,
      opencode,
      health: new HealthWatch(parts, { quietMs: 60_000, taskMs: 30_000 }),
      followed,
      directories: new Directories(systemClock),
      durable: new DurableLog(),
      worktrees: new Worktrees("/nowhere", [], {}),
      places: new Places([], systemClock),
      answering: new Answering(),
      rules: new StandingRules(store, log),
      acting: new Acting(),
      holds: new Holds(store, log, "n1"),
      leases: new Leases(store, systemClock, log),
      spending,
      preconditions: new Preconditions(() => ({})),
      prompts: new PromptsUnderWay(() => undefined),
      live: new LiveLane(log, async () => undefined),
      projects: () => [],
      stopping: stopping.signal,
    };
    return new CommandRunner(context);
  }
  const hasSession = async (): Promise<boolean> => {
    takesWrites(false);
    return true;
  };
  /** the disk fails while the command is being done, before its outcome can be kept */
  let failsUnderWay = false;
  const command = { type: "command", id: "cmd_1", command: "node.status", args: {}, remainingMs: 60_000 } as const;
  const prompt = { ...command, command: "session.prompt", args: { sessionId: "ses_1", text: "hello" } } as const;
  const stateOf = async (): Promise<string | undefined> => (await executionById(store, "cmd_1"))?.state;

  beforeEach(() => {
    lines.length = 0;
    followed = new Followed();
    followed.is = true;
  });

  it("begin when the opencode that is up was compared with what was told", async () => {
    failsUnderWay = false;
    followed.is = false;
    const commands = runner();
    await commands.take(prompt);
    expect(commands.isBusy).toBe(true);
    expect(await stateOf()).toBeUndefined();
    followed.is = true;
    await expect.poll(() => stateOf()).toBe("running");
    takesWrites(true);
    await commands.drain();
  });

  it("begin when the disk takes writes again, without being sent again", async () => {
    failsUnderWay = false;
    takesWrites(false);
    const commands = runner();
    await commands.take(command);
    await expect.poll(() => commands.isBusy).toBe(true);
    expect(await stateOf()).toBeUndefined();
    takesWrites(true);
    await expect.poll(() => stateOf()).toBe("succeeded");
    await commands.drain();
  });

  it("tell their outcome when the disk takes writes again", async () => {
    failsUnderWay = true;
    const commands = runner();
    await commands.take(command);
    await expect.poll(() => stateOf()).toBe("running");
    takesWrites(true);
    await expect.poll(() => stateOf()).toBe("succeeded");
    await commands.drain();
    expect((await outboxDepth(store)).depth).toBe(2);
  });

  it("say that the disk is why a prompt was not posted", async () => {
    failsUnderWay = false;
    const commands = runner();
    await commands.take(prompt);
    await expect.poll(() => lines.join("")).toContain("a command waits for the agent's database");
    takesWrites(true);
    await expect.poll(() => stateOf()).toBe("failed");
    await commands.drain();
    expect((await executionById(store, "cmd_1"))?.error).toMatchObject({
      code: "unavailable",
      message: expect.stringMatching("on the node, the database is read-only") as string,
    });
  });

  it("do not begin when they were cancelled before they could be kept", async () => {
    failsUnderWay = false;
    takesWrites(false);
    const commands = runner();
    await commands.take(command);
    await expect.poll(() => lines.join("")).toContain("a command waits for the agent's database");
    commands.cancel("cmd_1");
    takesWrites(true);
    await expect.poll(() => stateOf()).toBe("cancelled");
    await commands.drain();
  });
});

it("keeps what was acknowledged while the disk took no writes, and says once that it could not", async () => {
  const event: HalEvent = { type: "opencode.down", at: 1, data: { reason: "gone" } };
  await record(store, [event, event], []);
  const { epoch } = await outboxPosition(store);
  const failures: unknown[] = [];
  const sender = new OutboxSender({
    store,
    clock: systemClock,
    epoch,
    acknowledged: 0,
    send: () => undefined,
    onFailure: (error) => failures.push(error),
  });
  takesWrites(false);
  await sender.acknowledged(epoch, 2);
  await expect.poll(() => failures).toHaveLength(1);
  takesWrites(true);
  await expect.poll(async () => (await outboxPosition(store)).acked).toBe(2);
  await sender.stop();
  expect(failures).toHaveLength(1);
});
