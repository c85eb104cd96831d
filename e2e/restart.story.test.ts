import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { CommandReply, CommandView, PromptView, SessionView, WhyView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";
import { HANDOVER_IN_WORDS, WRITES_DOWN } from "./handovers/handover-script.ts";

const bash = (command: string): string => `[[tool: bash ${JSON.stringify({ command, description: "x" })}]]`;

// I25
describe("a session that is restarted", () => {
  let stage: Stage;
  let ada: Agent;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    stage.provider.learn(HANDOVER_IN_WORDS, WRITES_DOWN);
    ada = stage.agent("ada", { projects: ["engine", "notes"], permission: { "*": "allow" } });
    await stage.startSupervisor();
    ada.start();
    await stage.nodeUp(ada);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const start = async (prompt: string, project = "engine", ...more: string[]): Promise<string> => {
    const { session_id: id } = await stage.halctl.json<CommandReply>("sessions", "start", project, prompt, ...more);
    return id as string;
  };
  const command = (id: string): Promise<CommandView> => stage.api(`/commands/${id}`);
  /** What opencode itself has of a project and has not archived. */
  const live = async (project = "engine"): Promise<string[]> => {
    const all = await ada.opencode().sessions(ada.directoryOf(project));
    return all.filter(({ time, parentID }) => !time.archived && parentID === undefined).map(({ id }) => id);
  };

  test("hands over: its agent writes down where it stands, it ends, and a new one goes on from there", async () => {
    const old = await start("[[say: begun]]", "engine", "--title", "Mend the engine");
    await stage.sessionIn(old, "idle");
    const run = await stage.halctl.run("restart", "engine");
    expect(run).toMatchObject({ code: 0 });
    expect(run.stdout).toMatch(
      new RegExp(`session ses_\\w+ goes on from ${old}, which has ended; its agent wrote down where it stands`),
    );
    const ended = await stage.session(old);
    const next = ended.continued_by as string;
    expect(ended).toMatchObject({ status: "ended", reason: `ended: restarted, and goes on as ${next}` });
    const now = await stage.session("engine");
    expect(now).toMatchObject({ id: next, continues: old, title: "Mend the engine", model: ended.model });
    expect(await live()).toEqual([next]);
    const directory = ada.directoryOf("engine");
    expect(readFileSync(path.join(directory, ".context", "CURRENT_TASK.md"), "utf8")).not.toBe("");
    expect(execFileSync("git", ["log", "-1", "--format=%s"], { cwd: directory, encoding: "utf8" })).toBe("handover\n");
    const [first] = await stage.messages(next);
    expect(first?.text).toMatch(/wrote down where it stopped/);
    // nothing of what was said is lost
    expect((await stage.messages(old)).map(({ text }) => text)).toContain("begun");
    expect((await ada.opencode().messages(old)).length).toBeGreaterThanOrEqual(4);

    const why = await stage.halctl.json<WhyView>("why", next);
    const story = expect.stringMatching(
      new RegExp(`^it goes on from ${old}: a restart that .* asked for \\(cmd_.*\\); its agent wrote down`),
    );
    expect(why.findings.map(({ text }) => text)).toContainEqual(story);
    const whyOld = await stage.halctl.json<WhyView>("why", old);
    expect(whyOld.findings.map(({ text }) => text).join("\n")).toContain(`it was restarted and goes on as ${next}`);
    const wide = await stage.halctl.run("sessions", "list", "--project", "engine", "-o", "wide");
    expect(wide.stdout).toMatch(new RegExp(`${next}.*${old}`));
    expect((await stage.halctl.run("sessions", "get", old)).stdout).toContain(next);
    const again = await stage.halctl.run("sessions", "restart", old);
    expect(again.stderr).toContain(`it goes on as ${next}`);
  });

  test("the plain way stops the turn that runs at once, and what waited for the old session waits for the new one", async () => {
    const old = await start(bash("sleep 300"), "notes");
    await stage.sessionIn(old, "busy");
    const waiting = await stage.halctl.json<{ prompt: PromptView }>("sessions", "prompt", old, "[[say: carried over]]");
    expect(waiting.prompt.state).toBe("pending");
    const reply = await stage.halctl.json<CommandReply>("restart", old, "--plain", "--prompt", "[[say: anew]]");
    const next = reply.session_id as string;
    expect(reply.command.output).toMatchObject({ continues: old, ended: [old], handover: { state: "not_asked" } });
    await eventually(async () => {
      const texts = (await stage.messages(next)).filter(({ role }) => role === "assistant").map(({ text }) => text);
      expect(texts).toEqual(["anew", "carried over"]);
    }, 30_000);
    expect(await stage.api<PromptView>(`/prompts/${waiting.prompt.id}`)).toMatchObject({
      state: "sent",
      session_id: next,
    });
    expect(await live("notes")).toEqual([next]);
    expect(await ada.opencode().statuses(ada.directoryOf("notes"))).toEqual({});
  });

  test("a handover that takes too long ends the plain way, and the answer says so", async () => {
    stage.provider.learn(HANDOVER_IN_WORDS, bash("sleep 300"));
    const old = (await stage.session("engine")).id;
    await stage.sessionIn(old, "idle");
    const reply = await stage.halctl.json<CommandReply>("sessions", "restart", old, "--timeout", "3s");
    stage.provider.learn(HANDOVER_IN_WORDS, WRITES_DOWN);
    expect(reply.command.output).toMatchObject({
      handover: { state: "timed_out", reason: "its agent did not come to the end of the handover in time" },
    });
    expect(await live()).toEqual([reply.session_id]);
    const texts = (await stage.messages(reply.session_id as string)).map(({ text }) => text);
    expect(texts[0]).toMatch(/There was no full handover: its agent did not come to the end/);
  });

  test("a turn that runs takes the handover in, and older names of the HTTP API restart, too", async () => {
    const old = (await stage.session("notes")).id;
    await stage.sessionIn(old, "idle");
    await stage.halctl.json("sessions", "prompt", old, `${bash("sleep 4")} [[say: worked]]`);
    await stage.sessionIn(old, "busy");
    const { output } = await stage.post<{ output: string }>("/commands", { type: "restart_session", target: "notes" });
    const next = await stage.session("notes");
    expect([next.id, next.continues]).toEqual([output, old]);
    const commands = await stage.api<CommandView[]>(`/commands?session=${old}`);
    const restart = commands.find(({ type }) => type === "session.restart");
    expect(restart?.output).toMatchObject({ handover: { state: "done" } });
  });

  test("is refused where its node is held, and nothing of it changes", async () => {
    const { id } = await stage.session("engine");
    await stage.halctl.json("stop", "--all", "--yes");
    const held = await stage.halctl.run("restart", "engine");
    expect([held.code === 0, held.stderr.includes("halctl release --all")]).toEqual([false, true]);
    expect(await live()).toEqual([id]);
    await stage.halctl.json("release", "--all");
  });

  test("kill --purge deletes the history in opencode, and says so", async () => {
    const { id } = await stage.session("engine");
    const killed = await stage.halctl.run("sessions", "kill", id, "--purge", "--yes");
    expect(killed.stdout).toMatch(/its history in opencode is deleted/);
    await expect(ada.opencode().session(id)).rejects.toThrow("404");
    expect((await stage.session(id)).status).toBe("ended");
  });

  test("goes on wherever supervisor, agent or opencode are killed meanwhile", async () => {
    const old = await start("[[say: begun]]", "engine");
    await stage.sessionIn(old, "idle");
    const asked = await stage.post<CommandReply>(`/sessions/${old}/restart`, {
      wait_ms: 0,
      timeout_seconds: 600,
    });
    await stage.sessionIn(old, "busy");
    process.kill(ada.opencode().pid, "SIGKILL");
    await eventually(async () => expect((await stage.session(old)).status).toBe("error"), 20_000);
    await ada.program.kill();
    await stage.supervisor.kill();
    await stage.startSupervisor();
    ada.start();
    const done = await eventually(async () => {
      const found = await command(asked.command.id);
      if (found.state !== "succeeded") throw new Error(`${found.state}: ${found.reason}`);
      return found;
    }, 240_000);
    expect(done.output).toMatchObject({ continues: old, handover: { state: "done" } });
    expect(await live()).toEqual([(done.output as { sessionId: string }).sessionId]);
    expect((await stage.session("engine")).continues).toBe(old);
    const sessions = await stage.api<SessionView[]>("/sessions?project=engine&roots=true");
    expect(sessions.filter(({ status }) => status !== "ended")).toHaveLength(1);
  });
});
