import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { CommandReply, EventView, PoliciesView, SimulationView, WhyView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import type { Program } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";
import { HANDOVER_IN_WORDS, WRITES_DOWN } from "./handovers/handover-script.ts";

/** Short enough for a test to wait for, long enough for a machine that is busy. */
const IDLE_SECONDS = 4;
const RESUME = "[[say: going on]]";

// I24
describe("what happens without a person", () => {
  let stage: Stage;
  let pol: Agent;
  let supervisor: Program;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    const config = JSON.parse(readFileSync(stage.supervisorConfig, "utf8")) as object;
    const policies = {
      resume_on_idle: {
        enabled: true,
        idle_threshold_seconds: IDLE_SECONDS,
        max_retries: 2,
        retry_reset_seconds: 3600,
        prompt: RESUME,
      },
      resume_interrupted: { enabled: true, prompt: RESUME },
      restart_on_compaction: { enabled: true, token_threshold: 50_000 },
    };
    writeFileSync(stage.supervisorConfig, JSON.stringify({ ...config, policies }));
    stage.provider.learn(HANDOVER_IN_WORDS, WRITES_DOWN);
    supervisor = await stage.startSupervisor();
    pol = stage.agent("pol", { permission: { "*": "allow" } });
    pol.start();
    await stage.nodeUp(pol);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const begin = async (prompt: string): Promise<string> =>
    (await stage.halctl.json<CommandReply>("sessions", "start", "pol", prompt)).session_id as string;
  const told = async (id: string): Promise<EventView[]> =>
    (await stage.events({ session_id: id }))
      .filter(({ type }) => type.startsWith("policy."))
      .toSorted((one, other) => one.id - other.id);
  const types = (id: string): Promise<string[]> => told(id).then((list) => list.map(({ type }) => type));
  const reaches = (id: string, ...expected: readonly string[]): Promise<void> =>
    eventually(async () => expect(await types(id)).toEqual(expected), 60_000);
  const prompts = async (id: string): Promise<string[]> =>
    (await stage.messages(id)).filter(({ role }) => role === "user").map(({ text }) => text);

  test("a session that rests is resumed as often as it may be, over a kill of the supervisor, and then a person is told", async () => {
    const id = await begin("[[say: done for now]]");
    await reaches(id, "policy.acted");
    await supervisor.kill();
    supervisor = await stage.startSupervisor();
    await stage.nodeUp(pol);
    await reaches(id, "policy.acted", "policy.acted", "policy.gave_up");
    expect(await prompts(id)).toEqual(["[[say: done for now]]", RESUME, RESUME]);
    const why = await stage.halctl.json<WhyView>("why", id);
    expect(why.findings.filter(({ topic }) => topic === "policy").map(({ level, text }) => [level, text])).toEqual([
      ["note", expect.stringMatching(/^resume_on_idle: idle for .*: it was resumed 2 times, which is most/)],
      ["problem", expect.stringMatching(/^resume_on_idle: gave up: idle for \d+ s: it was resumed 2 times/)],
    ]);
    const { policies, decisions } = await stage.halctl.json<PoliciesView>("policies", "list");
    expect(policies.find(({ name }) => name === "resume_on_idle")).toMatchObject({
      enabled: true,
      last: { outcome: "gave_up", session_id: id },
    });
    expect(decisions.map(({ outcome }) => outcome)).toEqual(["gave_up", "acted", "acted"]);
    await stage.halctl.json("sessions", "prompt", id, "[[say: a person is back]]");
    await reaches(id, "policy.acted", "policy.acted", "policy.gave_up", "policy.acted");
  });

  test("a session that somebody stopped is left alone, and why says so", async () => {
    const id = await begin(`[[tool: bash ${JSON.stringify({ command: "sleep 600", description: "x" })}]]`);
    await stage.sessionIn(id, "busy");
    await stage.halctl.json("sessions", "abort", id);
    await reaches(id, "policy.skipped");
    expect((await told(id))[0]?.data).toMatchObject({ policy: "resume_on_idle", code: "stopped" });
    expect(await prompts(id)).toHaveLength(1);
    const { stdout } = await stage.halctl.run("why", id);
    expect(stdout).toMatch(/not resumed: .* stopped it, and it is left alone until somebody prompts it again/);
  });

  test("a pause is kept over a restart and shown first, and the session goes on when it ends", async () => {
    const paused = await stage.halctl.run("policies", "pause", "project:pol", "--reason", "a demo");
    expect([paused.code, paused.stdout]).toEqual([0, expect.stringMatching(/PAUSED .*\(project:pol\).*: a demo/)]);
    const id = await begin("[[say: paused]]");
    await reaches(id, "policy.skipped");
    await supervisor.kill();
    supervisor = await stage.startSupervisor();
    await stage.nodeUp(pol);
    expect((await stage.halctl.run("policies", "list")).stdout).toMatch(/^PAUSED .*halctl policies resume project:pol/);
    expect((await stage.halctl.run("policies", "pause", "nowhere")).stderr).toContain("is no scope");
    await stage.halctl.json("policies", "resume", "project:pol");
    await eventually(async () => expect(await types(id)).toContain("policy.acted"), 60_000);
  });

  test("yesterday's log is replayed against a configuration, and nothing is done", async () => {
    const file = path.join(path.dirname(stage.supervisorConfig), "tried.json");
    const policies = { resume_on_idle: { enabled: true, idle_threshold_seconds: 1, max_retries: 1 } };
    writeFileSync(file, JSON.stringify({ policies }));
    const commands = async () => (await stage.api<{ id: string }[]>("/commands")).map(({ id }) => id);
    const before = await commands();
    const view = await stage.halctl.json<SimulationView>("policies", "simulate", "--since", "24h", "--config", file);
    expect(view.counts).toContainEqual({ policy: "resume_on_idle", outcome: "gave_up", count: expect.any(Number) });
    expect(view.sessions).toBeGreaterThan(1);
    const { stdout } = await stage.halctl.run("policies", "simulate", "--since", "24h", "--config", file);
    expect(stdout).toMatch(/^nothing was done: \d+ events/);
    writeFileSync(file, JSON.stringify({ policies: { resume_on_idle: { idle_threshold_seconds: 0 } } }));
    const wrong = await stage.halctl.run("policies", "simulate", "--config", file);
    expect([wrong.code === 0, wrong.stderr]).toEqual([
      false,
      expect.stringContaining("policies.resume_on_idle.idle_threshold_seconds: must be above 0"),
    ]);
    expect(await commands()).toEqual(before);
  });

  test("a session whose context is full hands over once, and the new one is not restarted again", async () => {
    const id = await begin("[[usage: in=60000 out=10]] [[say: full]]");
    await reaches(id, "policy.acted");
    expect((await told(id))[0]?.data).toMatchObject({
      policy: "restart_on_compaction",
      reason: expect.stringMatching(/^its context has 60,\d+ tokens; attempt 1 of 2$/),
    });
    const next = await eventually(async () => {
      const { status, continued_by: by } = await stage.session(id);
      expect(status).toBe("ended");
      return by as string;
    }, 60_000);
    expect((await stage.session("pol")).id).toBe(next);
    // it rests, is told to go on, and has room
    await eventually(async () => expect(await types(next)).toContain("policy.acted"), 60_000);
    expect((await told(next)).map(({ data }) => (data as { policy: string }).policy)).not.toContain(
      "restart_on_compaction",
    );
  });

  test("a turn that ended with its opencode is resumed", async () => {
    const id = await begin(`[[tool: bash ${JSON.stringify({ command: "sleep 600", description: "x" })}]]`);
    await stage.sessionIn(id, "busy");
    process.kill(pol.opencode().pid, "SIGKILL");
    await eventually(async () => {
      const acted = (await told(id)).find(({ type }) => type === "policy.acted");
      expect(acted?.data).toMatchObject({ policy: "resume_interrupted", attempt: 1 });
    }, 60_000);
    await eventually(async () => expect((await stage.messages(id)).at(-1)?.text).toBe("going on"), 60_000);
  });
});
