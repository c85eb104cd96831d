import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "./harness/eventually.ts";
import { processesOf } from "./harness/processes.ts";
import { ROOT } from "./harness/program.ts";

/** `npm start` as a person types it, in a process group of its own, as a terminal gives it one. */
class Start {
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  output = "";

  constructor(cwd: string, env: NodeJS.ProcessEnv, ...args: string[]) {
    this.#child = spawn("npm", ["--prefix", ROOT, "start", "--", "--scripted", ...args], {
      cwd,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    this.ended = new Promise((resolve) => this.#child.once("close", resolve));
  }

  /** What a terminal sends to everything in the foreground. */
  interrupt(): Promise<number | null> {
    process.kill(-(this.#child.pid as number), "SIGINT");
    return this.ended;
  }
}

describe("npm start", () => {
  let folder: string;
  let project: string;
  let home: string;
  let env: NodeJS.ProcessEnv;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "hal start "));
    project = path.join(folder, "my project");
    home = path.join(folder, "hal home");
    mkdirSync(project);
    const own = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD|HALCTL_|VITEST|NODE_)/i.test(name));
    env = { ...Object.fromEntries(own), HAL_HOME: home };
  });
  afterAll(() => {
    const left = processesOf(folder);
    for (const line of left) process.kill(Number.parseInt(line, 10), "SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    if (left.length > 0) throw new Error(`these outlived npm start:\n${left.join("\n")}`);
  });

  const start = (...args: string[]): Start => new Start(project, env, ...args);
  const running = () =>
    JSON.parse(readFileSync(path.join(home, "running.json"), "utf8")) as {
      readonly processes: readonly [{ readonly pid: number }, { readonly pid: number }, { readonly pid: number }];
    };
  const until = (started: Start, text: string) => eventually(() => expect(started.output).toContain(text), 60_000);

  /** Runs a command that was printed, in the shell and the directory of whoever read it. */
  const type = (command: string) => {
    const { status, stdout, stderr } = spawnSync("sh", ["-c", command], {
      cwd: project,
      env: { ...env, HAL_HOME: undefined },
      encoding: "utf8",
    });
    return { status, output: `${stdout}${stderr}` };
  };

  test("--demo --once shows a session with its answer, tokens and cost, and leaves nothing running", async () => {
    const demo = start("--demo", "--once");
    expect({ code: await demo.ended, output: demo.output }).toMatchObject({ code: 0 });
    expect(demo.output).toContain("session.idle");
    expect(demo.output).toMatch(/answer +Here it is, in haiku\.txt/);
    expect(demo.output).toMatch(/tokens +[\d,]{3,}/);
    expect(demo.output).toMatch(/cost +\$0\.0[1-9]/);
    expect(readFileSync(path.join(home, "demo", "haiku.txt"), "utf8")).toContain("Morning reads it all.");
    expect(processesOf(folder)).toEqual([]);
    for (const secret of ["token", "agent.config.json", "supervisor.config.json"])
      expect(statSync(path.join(home, secret)).mode & 0o077).toBe(0);
  });

  test("it runs for the directory it was called from, and what it prints to try works", async () => {
    const started = start();
    await until(started, "Running until Ctrl-C");
    expect(started.output).toContain(`my-project  ${project}`);
    expect(started.output).toMatch(/ports +8420, 8421 and 4096 where they are free, else any free one/);

    const second = start();
    expect(await second.ended).toBe(1);
    expect(second.output).toContain(`this is running already (pid ${running().processes[0].pid})`);

    const [onPath = "", ...commands] = started.output
      .split("\n")
      .filter((line) => /^ {2}(?:export|halctl) /.test(line));
    expect([onPath, commands.length]).toEqual([expect.stringMatching(/PATH=.*bin:"\$PATH"$/), 3]);
    const typed = commands.map((command) => type(`${onPath}\n${command}`));
    expect(typed).toMatchObject([{ status: 0 }, { status: 0 }, { status: 0 }]);
    expect(typed[0]?.output).toContain("online");
    expect(typed[1]?.output).toContain("You said: Say hello");
    // the session of the earlier start is there, too
    expect(typed[2]?.output).toContain("demo");
    expect(typed[2]?.output).toContain("my-project");

    await started.interrupt();
    expect(processesOf(folder)).toEqual([]);
    expect(existsSync(path.join(home, "running.json"))).toBe(false);
  });

  test("a program that dies is named, everything else is ended, and the exit code is 1", async () => {
    const started = start("--project", project);
    await until(started, "Running until Ctrl-C");
    process.kill(running().processes[1].pid, "SIGKILL");
    expect(await started.ended).toBe(1);
    expect(started.output).toContain("hal-supervisor ended (SIGKILL)");
    expect(processesOf(folder)).toEqual([]);
  });

  test("what a launcher leaves behind that was killed itself is ended by the next start", async () => {
    const started = start();
    await until(started, "Running until Ctrl-C");
    process.kill(running().processes[0].pid, "SIGKILL");
    await started.ended;
    expect(processesOf(folder).join("\n")).toContain("opencode");
    const next = start("--demo", "--once");
    expect({ code: await next.ended, output: next.output }).toMatchObject({ code: 0 });
    expect(processesOf(folder)).toEqual([]);
  });

  test.each([
    [["--project", "nowhere"], /there is no directory .*nowhere/],
    [["--once"], /--once belongs to --demo/],
    [["--port", "1"], /--port/],
  ])("wrong usage, %j, is one line and exit code 2", async (args, pattern) => {
    const wrong = start(...args);
    expect(await wrong.ended).toBe(2);
    const said = wrong.output.split("\n").filter((line) => line.startsWith("[hal]"));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(pattern);
  });
});
