import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigProblems, createLogger, parseConfig } from "@hal/daemon";
import { openAgentStore, outboxPosition, record } from "@hal/store/agent";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAgent } from "../src/agent.ts";
import { AgentConfig } from "../src/config.ts";
import { LimitsSection, outboxLimitsOf } from "../src/limits.ts";
import { BareSupervisor } from "./support/bare-supervisor.ts";
import { welcomeOf } from "./support/welcome.ts";

const migrations = fileURLToPath(new URL("../../../packages/store/migrations/agent", import.meta.url));

let dataDir: string;
let supervisor: BareSupervisor;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "hal limits "));
  supervisor = await BareSupervisor.open();
});
afterEach(async () => {
  await supervisor[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true });
});

describe("the limits of what an agent keeps", () => {
  it.each([
    ["keeps what was acknowledged for a day", {}, true],
    ["keeps nothing of it where it is told so", { outbox_kept_hours: 0 }, false],
  ])("%s", async (_name, limits, isKept) => {
    const store = openAgentStore({ file: join(dataDir, "agent.db"), migrations });
    const { epoch } = await outboxPosition(store);
    const at = Date.now() - 1_000;
    await record(store, [{ type: "session.idle", at, session: "ses_1", project: "p", data: {} }], []);
    store.sqlite.close();
    const loaded = parseConfig(
      AgentConfig,
      { supervisor_url: supervisor.url, auth_token: "t", opencode_port: 0, opencode: { command: "/nowhere" }, limits },
      { env: {} },
    );
    const log = createLogger({ name: "test", destination: { write: () => undefined } });
    await using running = new AsyncDisposableStack();
    const agent = await createAgent(loaded.config, {
      version: "0",
      log,
      migrations,
      dataDir,
      pid: process.pid,
      env: {},
      reread: () => loaded,
    });
    running.use(agent);
    const link = await supervisor.link();
    expect(await link.next("hello")).toMatchObject({ outbox: { firstSeq: 1, acked: 0 } });
    link.send(welcomeOf(epoch));
    await link.next("events");
    link.send({ type: "ack", epoch, seq: 1 });
    // it ends the link, and so keeps the acknowledgement
    link.raw(Buffer.from("binary"));
    const again = await supervisor.link();
    const { outbox } = (await again.next("hello")) as unknown as { outbox: { firstSeq: number; acked: number } };
    expect([outbox.acked, outbox.firstSeq === 1]).toEqual([1, isKept]);
  });

  it("are those of the section", () => {
    const { config } = parseConfig(
      AgentConfig,
      {
        supervisor_url: "ws://x",
        auth_token: "t",
        limits: { outbox_events: 1_000, outbox_mb: 2, outbox_kept_mb: 0.5 },
      },
      { env: {} },
    );
    expect(outboxLimitsOf(config.limits)).toEqual({
      events: 1_000,
      bytes: 2 * 1024 * 1024,
      keptBytes: 512 * 1024,
      keptMs: 86_400_000,
    });
  });

  it.each(Object.keys(LimitsSection.entries))("are refused in one line where nothing would work: %s", (key) => {
    for (const value of [-1, 1e12, "10"]) {
      const parse = (): unknown =>
        parseConfig(AgentConfig, { supervisor_url: "ws://x", auth_token: "t", limits: { [key]: value } }, { env: {} });
      expect(parse).toThrow(ConfigProblems);
      expect(parse).toThrow(`limits.${key}: `);
    }
  });
});
