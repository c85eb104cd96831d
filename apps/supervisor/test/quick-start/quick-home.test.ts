import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@hal/daemon";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SupervisorConfig } from "../../src/config.ts";
import { makeQuickHome, quickHome, type QuickHome } from "../../src/quick-start/quick-home.ts";

const HOST = "127.0.0.1";
let state: string;
let home: QuickHome;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "hal quick "));
  home = quickHome({ XDG_STATE_HOME: state });
});
afterEach(() => rmSync(state, { recursive: true }));

const configured = () => loadConfig(SupervisorConfig, { path: home.config, env: {} });
const token = () => readFileSync(home.tokenFile, "utf8").trim();

describe("where a supervisor of one's own keeps things", () => {
  it.each([
    [{ XDG_STATE_HOME: "/state", HOME: "/home/me" }, "/state/hal-supervisor"],
    [{ XDG_STATE_HOME: "", HOME: "/home/me" }, "/home/me/.local/state/hal-supervisor"],
    [{ HOME: "/home/me" }, "/home/me/.local/state/hal-supervisor"],
  ])("%j is %s", (env, folder) => {
    expect(quickHome(env).folder).toBe(folder);
  });
});

describe("what is made for a supervisor of one's own", () => {
  it("is valid, without anything to warn of, and nobody else's business", async () => {
    await makeQuickHome(home, { host: HOST, port: 18_420, httpPort: 18_421 });
    const { config, warnings } = configured();
    expect(warnings).toEqual([]);
    expect(config.server).toMatchObject({ auth_token: token(), host: HOST, port: 18_420, http_port: 18_421 });
    expect(config.database.path).toBe(home.database);
    expect(token().length).toBeGreaterThanOrEqual(32);
    for (const file of [home.folder, home.config, home.tokenFile]) expect(statSync(file).mode & 0o077).toBe(0);
    expect(readdirSync(home.folder).toSorted()).toEqual(["supervisor.config.json", "token"]);
  });

  it("stays as it is, whatever is said at the next start", async () => {
    await makeQuickHome(home, { host: HOST, port: 18_420, httpPort: 18_421 });
    const [secret, config] = [token(), readFileSync(home.config, "utf8")];
    expect(await makeQuickHome(home, { host: HOST, port: 1, httpPort: 2 })).toEqual([]);
    expect([token(), readFileSync(home.config, "utf8")]).toEqual([secret, config]);
  });

  it("keeps a token that somebody put there before", async () => {
    await makeQuickHome(home, { host: HOST, port: 1, httpPort: 2 });
    rmSync(home.config);
    writeFileSync(home.tokenFile, `${"mine".repeat(10)}\n`);
    await makeQuickHome(home, { host: HOST, port: 1, httpPort: 2 });
    expect(configured().config.server.auth_token).toBe("mine".repeat(10));
  });

  it("is one thing where two begin at once", async () => {
    const asked = { host: HOST, port: 1, httpPort: 2 };
    await Promise.all([makeQuickHome(home, asked), makeQuickHome(home, asked)]);
    expect(configured().config.server.auth_token).toBe(token());
    expect(readdirSync(home.folder)).toHaveLength(2);
  });

  it("names another port where the usual one is taken, and says so", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.once("error", () => resolve()); // somebody else has it: as good
      other.listen(8420, HOST, () => resolve());
    });
    try {
      const notes = await makeQuickHome(home, { host: HOST, httpPort: 0 });
      const { port } = configured().config.server;
      expect(port).not.toBe(8420);
      expect(notes).toEqual([`port 8420 is taken by another program: this one listens on ${port} from now on`]);
    } finally {
      other.close();
    }
  });

  it.skipIf(process.getuid?.() === 0)("is one line where it cannot be written (root can everywhere)", async () => {
    chmodSync(state, 0o500);
    await expect(makeQuickHome(home, { port: 1, httpPort: 2 })).rejects.toThrow(
      /^cannot write .*hal-supervisor \(EACCES\); name another place with \$XDG_STATE_HOME/,
    );
    chmodSync(state, 0o700);
  });

  it("is one line where a file is in its place", async () => {
    writeFileSync(home.folder, "");
    await expect(makeQuickHome(home, { port: 1, httpPort: 2 })).rejects.toThrow(/^cannot write .* \(EEXIST\); name/);
  });
});
