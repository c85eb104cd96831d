import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLogger, parseConfig } from "@hal/daemon";
import { expect, it } from "vitest";
import { createAgent } from "../src/agent.ts";
import { AgentConfig } from "../src/config.ts";
import { listeningAddressesOf } from "../src/opencode/os/listening-socket.ts";
import { BareSupervisor } from "./support/bare-supervisor.ts";
import { OpencodeDouble } from "./support/opencode-double.ts";

const migrations = fileURLToPath(new URL("../../../packages/store/migrations/agent", import.meta.url));

it("an agent listens on nothing, while it has a link and its opencode is up", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hal sockets "));
  const supervisor = await BareSupervisor.open();
  const before = listeningAddressesOf(process.pid).toSorted();
  expect(before.length).toBeGreaterThan(0); // the supervisor of this test: listeners are seen
  const double = new OpencodeDouble(join(folder, "double"));
  const { command } = double;
  const loaded = parseConfig(
    AgentConfig,
    { supervisor_url: supervisor.url, auth_token: "t", opencode_port: 0, opencode: { command } },
    { env: {} },
  );
  const log = createLogger({ name: "test", destination: { write: () => undefined } });
  const options = { version: "0", log, migrations, dataDir: join(folder, "data"), pid: process.pid, env: process.env };
  const agent = await createAgent(loaded.config, { ...options, reread: () => loaded });
  const link = await supervisor.link();
  await link.next("hello");
  await expect.poll(() => double.asked).toContain("/global/health");
  await expect.poll(() => listeningAddressesOf(process.pid).toSorted()).toEqual(before);
  await agent[Symbol.asyncDispose]();
  await supervisor[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});
