import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { CommandReply } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { freePort } from "./harness/free-port.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { executable, Program } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";

const PAGE = 4096;

describe("the supervisor's database", () => {
  let stage: Stage;
  let gil: Agent;
  let database: string;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    database = path.join(stage.folder, "supervisor", "supervisor.db");
    gil = stage.agent("gil");
    await stage.startSupervisor();
    gil.start();
    await stage.nodeUp(gil);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  /** Runs hal-supervisor until it ends by itself. */
  const run = async (...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> => {
    const program = new Program({
      label: "hal-supervisor",
      file: executable("hal-supervisor"),
      args,
      cwd: stage.folder,
      env: { PATH: process.env["PATH"], HOME: stage.folder },
    });
    const { code } = await program.ended;
    return { code, stdout: program.stdout, stderr: program.stderr };
  };
  const db = (verb: string, ...args: string[]) => run("db", verb, "--config", stage.supervisorConfig, ...args);

  /** A turn of an agent that came to its end. */
  const turn = async (words: string): Promise<string> => {
    const reply = await stage.halctl.json<{ session: { id: string } }>(
      "sessions",
      "start",
      "gil",
      `[[say: ${words}]]`,
      "--wait",
    );
    return reply.session.id;
  };

  /** Everything that opencode holds of a session is in the log, once. */
  const expectAll = (session: string): Promise<void> =>
    eventually(async () => {
      const held = (await gil.opencode().messages(session)).map(({ info }) => info.id).toSorted();
      const events = await stage.events({ session_id: session, type: "session.message" });
      const told = events.map(({ data }) => (data as { messageId: string }).messageId);
      expect(new Set(told)).toEqual(new Set(held));
      expect((await stage.messages(session)).map(({ id }) => id).toSorted()).toEqual(held);
    });

  const damage = (page: number, pages: number): void => {
    const bytes = readFileSync(database);
    bytes.fill(0xa5, page * PAGE, (page + pages) * PAGE);
    writeFileSync(database, bytes);
  };

  test("can be looked at while it is in use, and by nobody else's supervisor", async () => {
    await turn("one");
    const reader = new DatabaseSync(database, { readOnly: true });
    expect(reader.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
    reader.close();
    expect(statSync(database).mode & 0o777).toBe(0o640);
    expect(await db("check")).toMatchObject({ code: 0, stdout: "ok\n" });
    const info = await db("info");
    expect(info.code).toBe(0);
    expect(info.stdout).toMatch(/^in use +yes$/m);
    const ports = ["--port", String(await freePort()), "--http-port", String(await freePort())];
    const second = await run("--config", stage.supervisorConfig, ...ports);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/^hal-supervisor: the database .* is in use by another process; stop that first\n$/);
  });

  test("is backed up while it is in use, and restored by hand while it is stopped, and agents tell what it lost", async () => {
    expect(await db("backup")).toMatchObject({ code: 0 });
    expect(existsSync(`${database}.backup`)).toBe(true);
    const old = path.join(stage.folder, "old.backup");
    copyFileSync(`${database}.backup`, old);
    const session = await turn("two");
    await stage.supervisor.stop();
    // as the guide does it
    copyFileSync(database, `${database}.corrupt`);
    copyFileSync(old, database);
    await stage.startSupervisor();
    await expectAll(session);
    expect(stage.supervisor.log).toContain("is not the file that was used last: it was restored");
    expect(stage.supervisor.log).toContain("older than what it acknowledged");
  });

  test("that something is copied over while it is in use ends the supervisor, which loses nothing", async () => {
    const old = path.join(stage.folder, "old.backup");
    const session = await turn("three");
    copyFileSync(old, database);
    expect(await stage.supervisor.ended).toMatchObject({ code: 1 });
    expect(stage.supervisor.log).toMatch(/was replaced while it was in use/);
    expect(readFileSync(database)).toEqual(readFileSync(old));
    await stage.startSupervisor();
    await expectAll(session);
    expect(await db("check")).toMatchObject({ code: 0, stdout: "ok\n" });
  });

  test("that is put back from a copy of its own, beside what a killed supervisor left, is not mixed with that", async () => {
    const copy = path.join(stage.folder, "own.copy");
    expect(spawnSync("cp", [database, copy]).status).toBe(0);
    const session = await turn("three and a half");
    await stage.supervisor.kill();
    expect(statSync(`${database}-wal`).size).toBeGreaterThan(0);
    expect(spawnSync("cp", [copy, database]).status).toBe(0);
    await stage.startSupervisor();
    await expectAll(session);
    expect(await db("check")).toMatchObject({ code: 0, stdout: "ok\n" });
    rmSync(copy);
  });

  test("that is damaged stops the start with the command that helps", async () => {
    const session = await turn("four");
    await stage.supervisor.stop();
    // a stop in order makes a backup
    damage(5, 10);
    const { code, stderr } = await run("--config", stage.supervisorConfig);
    expect(code).toBe(1);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    const [, command = ""] = /restore its backup with `(cp .*)`/.exec(stderr) ?? [];
    expect(await db("check")).toMatchObject({ code: 1 });
    expect(spawnSync("sh", ["-c", command]).status).toBe(0);
    await stage.startSupervisor();
    await expectAll(session);
  });

  test("that is gone is missed, not made anew", async () => {
    await stage.supervisor.stop();
    renameSync(database, `${database}.elsewhere`);
    const { code, stderr } = await run("--config", stage.supervisorConfig);
    expect(code).toBe(1);
    expect(stderr).toMatch(/is gone, and it has a backup: restore it with `cp /);
    expect(existsSync(database)).toBe(false);
    expect(await db("restore", `${database}.elsewhere`)).toMatchObject({ code: 0 });
    await stage.startSupervisor();
    await stage.nodeUp(gil);
  });

  test("that is big is used at once after a crash and read through meanwhile", async () => {
    await stage.supervisor.stop();
    const writer = new DatabaseSync(database, { timeout: 10_000 });
    writer.exec(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 12000)
      insert into events (at, received_at, type, data)
      select 1, cast(strftime('%s') as integer) * 1000, 'gap', json_object('reason', printf('%.*c', 3000, 'x')) from n`);
    writer.close();
    await stage.startSupervisor();
    await turn("five");
    await stage.supervisor.kill();
    await stage.startSupervisor();
    await eventually(() => expect(stage.supervisor.log).toContain("the database was read through and is sound"));

    await stage.supervisor.kill();
    damage(3_000, 4);
    const found = await run("--config", stage.supervisorConfig);
    expect([found.code, found.stdout]).toEqual([
      1,
      expect.stringMatching(/is ready[^]*is damaged \(.*restore its backup with/),
    ]);
    const { code, stderr } = await run("--config", stage.supervisorConfig);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/is damaged .* restore its backup with/)]);
    expect(await db("restore", `${database}.backup`)).toMatchObject({ code: 0 });
    await stage.startSupervisor();
    await stage.nodeUp(gil);
  });

  test("is pruned by hand, and counted first", async () => {
    const counted = await db("prune", "--older-than", "0s", "--dry-run");
    expect(counted.stdout).toMatch(/^would delete\nevents +[1-9]/);
    const before = (await stage.api<{ id: number }[]>("/events?limit=1"))[0]?.id;
    expect((await db("prune", "--older-than", "0s")).stdout).toMatch(/^deleted\nevents +[1-9]/);
    expect((await stage.api<{ id: number }[]>("/events?limit=1"))[0]?.id).toBe(before);
    const wrong = await db("prune", "--older-than", "soon");
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("write it as 90d or 12h")]);
    const session = await turn("six");
    await expectAll(session);
  });

  test("takes no command that does not exist, and names those that do", async () => {
    expect(await db("burn")).toMatchObject({
      code: 2,
      stderr: "hal-supervisor: db burn is no command; see db --help\n",
    });
    const help = await run("db", "--help");
    expect(help).toMatchObject({ code: 0, stderr: "" });
    for (const verb of ["info", "check", "backup", "restore", "prune"]) expect(help.stdout).toContain(`db ${verb}`);
    const nothing = await run("db", "check", "--db-path", path.join(stage.folder, "nothing.db"));
    expect([nothing.code, nothing.stderr]).toEqual([
      1,
      expect.stringMatching(/^hal-supervisor: there is no database .*\n$/),
    ]);
  });

  test("does not outlive its last test with files that nobody asked for", async () => {
    await stage.supervisor.stop();
    const made = ["", ".backup", ".state"].map((suffix) => existsSync(database + suffix));
    expect(made).toEqual([true, true, true]);
    for (const suffix of ["-wal", "-shm", ".backup.tmp", ".restoring"])
      expect(existsSync(database + suffix)).toBe(false);
    rmSync(path.join(stage.folder, "old.backup"));
    await stage.startSupervisor();
    const reply = await stage.halctl.json<CommandReply>("sessions", "start", "gil", "[[say: seven]]");
    expect(reply.session_id).not.toBeNull();
  });
});
