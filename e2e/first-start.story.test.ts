import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AtTerminal } from "./harness/at-terminal.ts";
import { eventually } from "./harness/eventually.ts";
import { freePort } from "./harness/free-port.ts";
import { Halctl } from "./harness/halctl.ts";
import { executable, Program } from "./harness/program.ts";

const CONFIGURED = "/etc/hal-o-swarm/supervisor.config.json";
const isConfigured = existsSync(CONFIGURED);
const why = isConfigured ? ` (not where there is ${CONFIGURED})` : "";

describe.skipIf(isConfigured)(`somebody who has nothing but the programs${why}`, () => {
  let folder: string;
  let project: string;
  let port: number;
  let options: string;
  const running: Program[] = [];
  const terminals: AtTerminal[] = [];
  const env = () => ({ PATH: "/usr/bin:/bin", HOME: folder, TERM: "xterm-256color" });

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "hal first "));
    project = path.join(folder, "my app");
    mkdirSync(project);
    port = await freePort();
    options = `--host 127.0.0.1 --port ${port} --http-port ${await freePort()}`;
  });
  afterAll(async () => {
    for (const program of running) await program.stop();
    for (const terminal of terminals) terminal.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const program = (name: "hal-supervisor" | "hal-agent", ...args: string[]): Program => {
    const started = new Program({ label: name, file: executable(name), args, cwd: project, env: env() });
    running.push(started);
    return started;
  };
  const atTerminal = (more = ""): AtTerminal => {
    const line = `stty rows 40 cols 200; exec '${process.execPath}' '${executable("hal-supervisor")}' ${more}`;
    const terminal = new AtTerminal(line, { cwd: project, env: env() });
    terminals.push(terminal);
    return terminal;
  };
  const tokenFile = () => path.join(folder, ".local/state/hal-supervisor/token");

  test("is told without a terminal what to say, and nothing is made", async () => {
    const supervisor = program("hal-supervisor");
    supervisor.allowEnd();
    expect((await supervisor.ended).code).toBe(1);
    expect(supervisor.stderr).toMatch(/^hal-supervisor: no configuration file at .*--quick\n$/);
    expect(existsSync(path.dirname(tokenFile()))).toBe(false);
  });

  test("gets a supervisor at a terminal, a node by the line that it prints, and all of it again at the next start", async () => {
    const supervisor = atTerminal(options);
    await supervisor.shows(`hal-agent --supervisor ws://127.0.0.1:${port} --token `, 60_000);
    await supervisor.shows("Ctrl-C ends it");
    const token = readFileSync(tokenFile(), "utf8").trim();
    const [, join = ""] = /hal-agent (.+?)\r?\n/.exec(supervisor.shown) ?? [];
    expect(join).toBe(`--supervisor ws://127.0.0.1:${port} --token ${token}`);

    const agent = program("hal-agent", ...join.split(" "));
    const [, look = ""] = / halctl (.+?) status/.exec(supervisor.shown) ?? [];
    expect(look).toBe(`--supervisor-url ws://127.0.0.1:${port} --token-file '${tokenFile()}'`);
    const halctl = new Halctl({ url: `ws://127.0.0.1:${port}`, token, cwd: folder });
    await eventually(async () => {
      const { stdout } = await halctl.run("projects", "list", "-o", "json");
      expect(stdout).toContain('"my-app"');
    }, 60_000);
    expect((await agent.stop()).code).toBe(0);

    supervisor.press("\u0003");
    expect(await supervisor.ended).toBe(0);
    const again = atTerminal();
    await again.shows(join, 60_000);
    await eventually(async () => {
      expect((await halctl.run("nodes", "list")).code).toBe(0);
    });
    again.press("\u0003");
    expect(await again.ended).toBe(0);
  });

  test("keeps the token out of what a log keeps", async () => {
    const supervisor = program("hal-supervisor", "--quick");
    await eventually(() => expect(supervisor.stderr).toContain("Ctrl-C ends it"), 60_000);
    expect(supervisor.stderr).toContain(`TOKEN is in ${tokenFile()}`);
    expect(supervisor.log).not.toContain(readFileSync(tokenFile(), "utf8").trim());
    expect((await supervisor.stop()).code).toBe(0);
  });
});
