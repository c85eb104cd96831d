import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import type { CommandReply, CommandView, SessionView, WhyView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

const AUTHOR = ["-c", "user.name=story", "-c", "user.email=story@localhost", "-c", "commit.gpgsign=false"];

const git = (directory: string, ...args: string[]): string =>
  execFileSync("git", args, { cwd: directory, encoding: "utf8" }).trim();

// I28
describe("a project in which a session is active", () => {
  let stage: Stage;
  let ada: Agent;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"), { parallel: false });
    ada = stage.agent("ada", { projects: ["engine", "notes"], permission: { "*": "allow" } });
    await stage.startSupervisor();
    ada.start();
    await stage.nodeUp(ada);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const begin = async (project: string, prompt: string): Promise<string> => {
    const { session_id: id } = await stage.halctl.json<CommandReply>("sessions", "start", project, prompt);
    return id as string;
  };
  const command = (id: string): Promise<CommandView> => stage.api(`/commands/${id}`);
  const inOpencode = async (project: string): Promise<string[]> =>
    (await ada.opencode().sessions(ada.directoryOf(project))).map(({ id }) => id);

  test("takes no second one, and says which one is active; another project does", async () => {
    const first = await begin("engine", "[[slow: 600]]");
    await stage.sessionIn(first, "busy");
    const { code, stderr } = await stage.halctl.run("start", "engine", "[[say: no]]");
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`active session, ${first} .*halctl sessions abort ${first}`)),
    });
    expect(await inOpencode("engine")).toEqual([first]);
    const other = await begin("notes", "[[say: here]]");
    await stage.sessionIn(other, "idle");
    expect(await stage.halctl.run("sessions", "abort", first)).toMatchObject({ code: 0 });
    await stage.sessionIn(first, "idle");
    const second = await begin("engine", "[[say: after it]]");
    expect(second).not.toBe(first);
    await stage.sessionIn(second, "idle");
  }, 90_000);

  test("lets one of several begin that come at once", async () => {
    const before = await inOpencode("notes");
    const ran = await Promise.all(
      ["a", "b", "c", "d"].map((word) =>
        stage.halctl.run("start", "notes", `[[slow: 600]] ${word}`, "--format", "json"),
      ),
    );
    const [begun, ...others] = ran.filter(({ code }) => code === 0);
    expect(others).toEqual([]);
    expect(await inOpencode("notes")).toHaveLength(before.length + 1);
    const { session_id: id } = JSON.parse(begun?.stdout ?? "{}") as CommandReply;
    expect((await stage.halctl.run("sessions", "abort", id as string)).code).toBe(0);
  }, 60_000);

  const bash = (line: string): string => `[[tool: bash ${JSON.stringify({ command: line, description: "x" })}]]`;
  const beside = async (prompt: string): Promise<SessionView> => {
    const args = ["sessions", "start", "engine", prompt, "--parallel"];
    const { session_id: id } = await stage.halctl.json<CommandReply>(...args);
    return stage.session(id as string);
  };

  test("has another one begin beside it in a worktree of its own, which goes when that has ended", async () => {
    const first = await begin("engine", "[[slow: 600]]");
    await stage.sessionIn(first, "busy");
    const { id, project, worktree } = await beside(`${bash("echo one > one.txt")} [[say: written]]`);
    expect({ project, state: worktree?.state }).toEqual({ project: "engine", state: "in_use" });
    const directory = worktree?.directory as string;
    await stage.sessionIn(id, "idle", 60_000);
    expect(readFileSync(path.join(directory, "one.txt"), "utf8")).toBe("one\n");
    expect(git(ada.directoryOf("engine"), "status", "--porcelain")).toBe("");
    expect((await stage.halctl.run("sessions", "get", id)).stdout).toMatch(/worktree +\/.*worktrees\/engine-/);
    expect((await stage.halctl.json<WhyView>("why", id)).findings.map(({ text }) => text)).toContain(
      `it works in a git worktree of its own, ${directory}`,
    );

    // something in it is not committed: it stays, and says so
    expect(await stage.halctl.run("kill", id, "--yes")).toMatchObject({ code: 0 });
    const kept = `its worktree is kept, ${directory}: one file is not committed`;
    await eventually(async () => expect((await stage.session(id)).reason).toBe(`ended: killed; ${kept}`), 20_000);
    expect((await stage.halctl.json<WhyView>("why", id)).findings).toContainEqual(
      expect.objectContaining({ level: "problem", text: kept }),
    );
    git(directory, "add", ".");
    git(directory, ...AUTHOR, "commit", "--quiet", "--message", "one");
    await ada.program.kill();
    ada.start();
    await stage.nodeUp(ada);
    await eventually(async () => expect((await stage.session(id)).worktree?.state).toBe("removed"), 20_000);
    const { worktree: left } = await stage.session(id);
    expect(existsSync(directory)).toBe(false);
    expect(git(ada.directoryOf("engine"), "show", `${left?.branch}:one.txt`)).toBe("one");
    expect(await stage.halctl.run("sessions", "kill", first, "--yes")).toMatchObject({ code: 0 });
  }, 120_000);

  test("keeps a worktree for the one that goes on from its session, and leaves nothing of one that did nothing", async () => {
    const { id, worktree } = await beside("[[say: here]]");
    await stage.sessionIn(id, "idle", 60_000);
    expect(await stage.halctl.run("sessions", "restart", id, "--plain")).toMatchObject({ code: 0 });
    const next = (await stage.session(id)).continued_by as string;
    expect((await stage.session(next)).worktree).toEqual(worktree);
    await stage.sessionIn(next, "idle", 60_000);
    const before = git(ada.directoryOf("engine"), "branch", "--format=%(refname:short)").split("\n");
    expect(await stage.halctl.run("kill", next, "--yes")).toMatchObject({ code: 0 });
    await eventually(
      async () => expect((await stage.session(next)).worktree).toMatchObject({ state: "removed", branch: null }),
      20_000,
    );
    expect(git(ada.directoryOf("engine"), "branch", "--format=%(refname:short)").split("\n")).toHaveLength(
      before.length - 1,
    );
    expect(git(ada.directoryOf("engine"), "worktree", "list").split("\n")).toHaveLength(1);
  }, 120_000);

  test("says in one line where no worktree can be made", async () => {
    rmSync(path.join(ada.directoryOf("notes"), ".git"), { recursive: true });
    const { code, stderr } = await stage.halctl.run("start", "notes", "[[say: no]]", "--parallel");
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/^[^\n]*project notes is no git repository[^\n]*\n$/),
    });
  });

  test("is told of a session on another node that is active on the same branch, and of no secret in its remote", async () => {
    const bob = stage.agent("bob", { projects: ["motor"] });
    const remotes = ["https://bob:hunter2-of-bob@git.example/team/engine.git", "git@git.example:team/engine"];
    git(bob.directoryOf("motor"), "remote", "add", "origin", remotes[0] as string);
    git(ada.directoryOf("engine"), "remote", "add", "origin", remotes[1] as string);
    git(bob.directoryOf("motor"), "branch", "-M", "work");
    git(ada.directoryOf("engine"), "branch", "-M", "work");
    bob.start();
    await stage.nodeUp(bob);
    const here = await begin("engine", "[[slow: 600]]");
    const there = await begin("motor", "[[slow: 600]]");
    await eventually(async () => {
      expect((await stage.session(here)).reason).toContain(
        `${there} on bob is active on the same branch, work of git.example/team/engine`,
      );
    }, 60_000);
    const { stdout } = await stage.halctl.run("sessions", "list");
    expect(stdout).toMatch(
      /shared: ses_\w+ on (ada|bob) is active on the same branch, work of git\.example\/team\/engine/,
    );
    expect(JSON.stringify([await stage.api("/nodes"), await stage.events({})])).not.toContain("hunter2");
    for (const id of [here, there]) expect(await stage.halctl.run("kill", id, "--yes")).toMatchObject({ code: 0 });
  }, 120_000);

  test("refuses on its node a start that waited, where somebody began one in opencode meanwhile", async () => {
    await ada.program.kill();
    await eventually(async () => {
      const { status } = await stage.api<{ status: string }>(`/nodes/${ada.nodeId}`);
      expect(status).toBe("offline");
    });
    const asked = await stage.post<CommandReply>("/sessions", { project: "engine", prompt: "[[say: no]]", wait_ms: 0 });
    expect(asked.command.state).toBe("queued");
    const before = new Set(await inOpencode("engine"));
    const directory = encodeURIComponent(ada.directoryOf("engine"));
    await ada.opencode().post(`/session?directory=${directory}`);
    const own = (await inOpencode("engine")).find((id) => !before.has(id)) as string;
    await ada.opencode().post(`/session/${own}/prompt_async`, { parts: [{ type: "text", text: "[[slow: 600]]" }] });
    await eventually(async () =>
      expect(Object.keys(await ada.opencode().statuses(ada.directoryOf("engine")))).toEqual([own]),
    );
    ada.start();
    await stage.nodeUp(ada);
    await eventually(async () =>
      expect(await command(asked.command.id)).toMatchObject({
        state: "failed",
        error: { code: "conflict", message: expect.stringContaining(`has an active session, ${own} (busy)`) },
      }),
    );
    expect(await inOpencode("engine")).toHaveLength(before.size + 1);
  }, 90_000);
});
