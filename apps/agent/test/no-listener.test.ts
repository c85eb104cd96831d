import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLogger, parseConfig } from "@hal/daemon";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAgent } from "../src/agent.ts";
import { AgentConfig } from "../src/config.ts";
import { BareSupervisor } from "./support/bare-supervisor.ts";
import { OpencodeDouble } from "./support/opencode-double.ts";

const migrations = fileURLToPath(new URL("../../../packages/store/migrations/agent", import.meta.url));
const LISTENS = "0A";

/** Addresses at which a process listens, as /proc has them: hexadecimal, with the port. */
function listening(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  const sockets = new Set(
    readdirSync(folder).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(join(folder, fd)))?.[1] ?? [];
      } catch {
        return []; // it was closed while we looked
      }
    }),
  );
  return ["tcp", "tcp6"].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, "utf8")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .flatMap(([, local = "", , state, , , , , , inode = ""]) =>
        state === LISTENS && sockets.has(inode) ? [local] : [],
      ),
  );
}

let dataDir: string;
let supervisor: BareSupervisor;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "hal no listener "));
  supervisor = await BareSupervisor.open();
});
afterEach(async () => {
  await supervisor[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true });
});

it("what listens is found by this test", async () => {
  const before = listening(process.pid).length;
  const server = createServer().listen(0, "0.0.0.0");
  await expect.poll(() => listening(process.pid).length).toBe(before + 1);
  server.close();
});

// I10
describe("an agent that is connected, with its opencode up", () => {
  it("listens nowhere, and its opencode on loopback alone", async () => {
    const double = new OpencodeDouble(join(dataDir, "double"));
    const before = listening(process.pid);
    const loaded = parseConfig(
      AgentConfig,
      {
        supervisor_url: supervisor.url,
        auth_token: "t",
        opencode_port: 0,
        opencode: { command: double.command },
      },
      { env: {} },
    );
    await using running = new AsyncDisposableStack();
    const agent = await createAgent(loaded.config, {
      version: "0",
      log: createLogger({ name: "test", destination: { write: () => undefined } }),
      migrations,
      dataDir,
      pid: process.pid,
      env: { PATH: process.env["PATH"], HOME: dataDir },
      reread: () => loaded,
    });
    running.use(agent);
    const link = await supervisor.link();
    await link.next("hello");
    await expect.poll(() => double.notes).toContain("started");
    const record = () =>
      JSON.parse(readFileSync(join(dataDir, "opencode-server.json"), "utf8")) as { pid: number; port: number };
    await expect.poll(() => listening(record().pid)).toHaveLength(1);
    const { pid, port } = record();
    // its password is there
    expect(statSync(join(dataDir, "opencode-server.json")).mode & 0o077).toBe(0);
    const loopback = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
    expect(listening(pid)).toEqual([loopback]);
    expect(listening(process.pid)).toEqual(before);
  });
});
