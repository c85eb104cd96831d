import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { PromptView, SessionView, StopAllView, WhyView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { executable, Program } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";

interface Check {
  readonly name: string;
  readonly level: string;
  readonly text: string;
  readonly fix: string | null;
}

describe("an operator at a terminal", () => {
  let stage: Stage;
  let hal: Agent;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    await stage.startSupervisor();
    hal = stage.agent("hal", { permission: { bash: "ask" } });
    hal.start();
    await stage.nodeUp(hal);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const why = (ref: string): Promise<WhyView> => stage.halctl.json("why", ref);
  const commandsOf = ({ next }: WhyView): string[] => next.map(({ command }) => command);
  const start = async (prompt: string): Promise<string> =>
    (await stage.halctl.json<{ session_id: string }>("sessions", "start", "hal", prompt)).session_id;

  /** halctl with no address or token on its command line, in the home directory of the stage. */
  async function bare(...args: string[]) {
    const program = new Program({
      label: `halctl ${args.join(" ")}`,
      file: executable("halctl"),
      args,
      cwd: stage.folder,
      env: { PATH: process.env["PATH"], HOME: stage.folder },
    });
    const { code } = await program.ended;
    return { code, out: program.stdout, err: program.stderr };
  }

  test("asks why a session waits, types what it is told to, and waits until it rests", async () => {
    const id = await start('[[tool: bash {"command":"echo done","description":"say done"}]]');
    const { id: interaction } = await stage.asked(id);
    const told = await why(id);
    expect(told.answer).toMatch(/is waiting \d+ s for a person: .*echo done/);
    expect(commandsOf(told)[0]).toBe(`halctl interactions allow ${interaction}`);
    const waiting = stage.halctl.run("sessions", "wait", id, "--for", "idle", "--timeout", "60s");
    expect((await stage.halctl.run(...(commandsOf(told)[0] as string).split(" ").slice(1))).code).toBe(0);
    expect((await waiting).code).toBe(0);
    expect((await why(id)).answer).toMatch(/is idle for \d+ s: finished its turn/);
  });

  test("sees what a session did to the files, and what it means to do", async () => {
    const todos = [{ content: "Write it", status: "completed", priority: "high" }];
    const id = await start(
      `[[tool: todowrite ${JSON.stringify({ todos })}]] [[tool: write {"filePath":"notes.txt","content":"one\\ntwo\\n"}]]`,
    );
    expect((await stage.halctl.run("sessions", "wait", id, "--timeout", "60s")).code).toBe(0);
    const diff = await stage.halctl.run("sessions", "diff", id);
    expect(diff.stderr).toBe("");
    expect(diff.stdout).toMatch(/\+one\n\+two/);
    expect(diff.stdout).toMatch(/added +\+2 +-0 +notes\.txt/);
    expect((await stage.halctl.run("sessions", "todo", id)).stdout).toBe("✓ Write it\n");
  });

  test("follows a list while sessions come and change", async () => {
    const list = stage.halctl.start("sessions", "list", "-w", "-o", "json");
    await eventually(() => expect(list.stdout).toContain('"kind":"added"'));
    const id = await start("[[say: hello]]");
    await eventually(() => {
      const rows = list.stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as { kind: string; row: SessionView });
      const own = rows.filter(({ row }) => row.id === id);
      expect(own[0]?.kind).toBe("added");
      expect(own.at(-1)?.row.status).toBe("idle");
    });
    process.kill(list.pid, "SIGINT");
    expect(await list.ended).toMatchObject({ code: 0, signal: null });
    expect(list.stderr).toBe("");
  });

  test("stops everything, and is told that all of it rests", async () => {
    const busy = await start("[[slow: 600]]");
    const asking = await start('[[tool: bash {"command":"echo no","description":"say no"}]]');
    await stage.sessionIn(busy, "busy");
    await stage.asked(asking);
    expect((await stage.halctl.run("stop", "--all")).code).toBe(2);
    expect((await stage.session(busy)).status).toBe("busy");
    const stopped = await stage.halctl.json<StopAllView>("stop", "--all", "--yes");
    expect(new Set(stopped.sessions.map((one) => one.session_id))).toEqual(new Set([busy, asking]));
    expect(stopped.sessions.map((one) => one.stopped)).toEqual([true, true]);
    const statuses = await hal.opencode().statuses(hal.directoryOf("hal"));
    expect(statuses).toEqual({});
    expect(await hal.opencode().requests(hal.directoryOf("hal"))).toEqual([]);
    expect((await stage.halctl.run("release", "--all")).code).toBe(0);
  });

  test("hands what was set aside to its follower again, as doctor says", async () => {
    await stage.supervisor.stop();
    const database = new DatabaseSync(stage.supervisorDatabase);
    const gap = database
      .prepare(
        `insert into events (at, received_at, type, data) values (1, ?, 'gap', '{"reason":"other"}') returning id`,
      )
      .get(Date.now());
    const id = Number(gap?.["id"]);
    database
      .prepare(
        "insert into followers_set_aside (follower, event_id, reason, attempts, at) values ('journal', ?, 'the disk was full', 10, 1)",
      )
      .run(id);
    database.close();
    await stage.startSupervisor();
    await stage.nodeUp(hal);
    const listed = await stage.halctl.run("followers", "list");
    expect(listed.stdout).toMatch(/^journal +\d+ +1 +-$/m);
    expect(listed.stdout).toMatch(new RegExp(`^journal +${id} .* the disk was full$`, "m"));
    expect((await stage.halctl.run("doctor")).stdout).toContain("halctl followers retry journal");
    const retried = await stage.halctl.run("followers", "retry", "journal");
    expect(retried).toMatchObject({ code: 0, stdout: `event ${id} is done\nnothing is set aside\n`, stderr: "" });
    expect((await stage.halctl.run("followers", "drop", "journal", String(id))).code).not.toBe(0);
  });

  test("looks after the database without stopping anything", async () => {
    const checked = await stage.halctl.run("db", "check");
    expect(checked).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok, after/) });
    const backup = path.join(stage.folder, "supervisor", "supervisor.db.backup");
    rmSync(backup, { force: true });
    expect((await stage.halctl.run("db", "backup")).stdout).toContain(backup);
    expect(statSync(backup).size).toBeGreaterThan(0);
    expect((await stage.halctl.run("db", "prune", "--older-than", "1d", "--dry-run")).code).toBe(0);
    expect((await stage.halctl.run("db", "prune", "--older-than", "1s")).code).toBe(2);
    expect((await stage.halctl.run("db", "info")).stdout).toMatch(/backup +\d/);
  });

  test("completes commands, options and names in a shell", async () => {
    const id = await start("[[say: hello]]");
    await stage.sessionIn(id, "idle");
    const script = (await stage.halctl.run("completion", "bash")).stdout;
    const tab = async (...words: string[]): Promise<string[]> => {
      const all = ["halctl", ...words].map((word) => `'${word}'`).join(" ");
      const line = `${script}\nhalctl() { '${process.execPath}' '${executable("halctl")}' "$@"; }
        COMP_LINE="${["halctl", ...words].join(" ")}"; COMP_WORDS=(${all}); COMP_CWORD=${words.length}; _halctl; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout } = spawnSync("bash", ["-c", line], {
        encoding: "utf8",
        env: {
          PATH: process.env["PATH"],
          HALCTL_SUPERVISOR_URL: `ws://127.0.0.1:${stage.ports.socket}`,
          HALCTL_AUTH_TOKEN: stage.token,
        },
      });
      return stdout.split("\n").filter(Boolean);
    };
    expect(await tab("sess")).toEqual(["sessions"]);
    expect(await tab("sessions", "di")).toEqual(["diff"]);
    expect(await tab("sessions", "diff", "--st")).toEqual(["--stat"]);
    // a machine that is busy may not answer in time for the first Tab
    await eventually(async () => expect(await tab("nodes", "get", "h")).toEqual(["hal"]));
    await eventually(async () => expect(await tab("sessions", "diff", id.slice(0, 14))).toEqual([id]));
  });

  test("keeps contexts, and a doctor finds nothing, then what is wrong", async () => {
    const url = `ws://127.0.0.1:${stage.ports.socket}`;
    const token = path.join(stage.folder, "the token");
    writeFileSync(token, `${stage.token}\n`, { mode: 0o600 });
    expect((await bare("config", "set", "home", "--supervisor-url", url, "--token-file", token)).code).toBe(0);
    expect(statSync(path.join(stage.folder, ".config", "hal", "halctl.json")).mode & 0o777).toBe(0o600);
    expect((await bare("nodes", "list")).out).toContain("online");
    expect(JSON.parse((await bare("whoami", "-o", "json")).out)).toMatchObject({
      actor: "shared-token",
      role: "admin",
    });
    const versions = await bare("version", "-o", "json");
    expect(JSON.parse(versions.out)).toEqual({ halctl: expect.any(String), supervisor: expect.any(String) });

    const examine = async (...args: string[]) => {
      const { code, out } = await bare("doctor", "-o", "json", ...args);
      expect(out).not.toContain(stage.token);
      return { code, checks: JSON.parse(out) as Check[] };
    };
    const well = await examine();
    expect(well.checks.filter(({ level }) => level === "problem")).toEqual([]);
    expect(well.code).toBe(0);
    expect(well.checks.map(({ name, text }) => `${name}: ${text}`)).toEqual(
      expect.arrayContaining([
        `settings: ${url}, from context home`,
        "token: accepted: shared-token, role admin",
        "login hal: scripted (config)",
      ]),
    );

    chmodSync(token, 0o644);
    const open = await examine();
    expect(open.code).toBe(1);
    expect(open.checks.filter(({ level }) => level === "problem").map(({ fix }) => fix)).toEqual([
      `chmod 600 ${token}`,
    ]);
    chmodSync(token, 0o600);
    const refused = await examine("--auth-token", "another");
    expect(refused.code).toBe(1);
    expect(refused.checks.at(-1)?.text).toContain("refused the token");
  });

  test("hears why a node is away, what waits for it, and what a doctor says", async () => {
    const id = await start("[[say: hello]]");
    await stage.sessionIn(id, "idle");
    await hal.program.stop();
    await eventually(async () => expect((await why("hal/hal")).status).toBe("unreachable"));
    const prompting = stage.halctl.start("sessions", "prompt", id, "later", "--wait");
    const queued = await eventually(async () => {
      const [newest] = await stage.halctl.json<PromptView[]>("prompts", "list");
      if (newest === undefined) throw new Error("no prompt waits");
      return newest.id;
    });
    const told = await why(id);
    expect(told.answer).toMatch(/is unreachable: its node is offline: the agent was stopped .*one prompt waits/);
    expect(told.findings.map(({ text }) => text)).toContainEqual(expect.stringContaining(`the prompt ${queued} of`));
    const stopped = await stage.halctl.run("sessions", "diff", id);
    expect(stopped).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("only hal knows the files, and it is offline"),
    });
    const doctor = await bare("doctor");
    expect(doctor.code).toBe(1);
    expect(doctor.out).toMatch(/✗ node hal +offline: the agent was stopped/);
    expect((await stage.halctl.run("prompts", "cancel", queued.slice(0, 20))).code).toBe(0);
    // whoever waits for it hears of it
    expect(await prompting.ended).toMatchObject({ code: 1 });
    expect(prompting.stderr).toContain(`${queued} is cancelled: taken back by`);
    expect(readFileSync(path.join(stage.folder, ".config", "hal", "halctl.json"), "utf8")).not.toContain(stage.token);
  });
});
