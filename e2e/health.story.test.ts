import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { CommandReply, EventView, SessionView, StatusView, WhyView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

/** Short enough for a test to wait for, long enough for a machine that is busy. */
const QUIET_SECONDS = 3;
const STUCK_SECONDS = 5;

const bash = (command: string): string => `[[tool: bash ${JSON.stringify({ command, description: "x" })}]]`;
const prints = (count: number): string => `for i in $(seq ${count}); do echo $i; sleep 0.2; done`;

describe("how sessions get on", () => {
  let stage: Stage;
  let ada: Agent;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    const config = JSON.parse(readFileSync(stage.supervisorConfig, "utf8")) as object;
    const policies = { alert_on_stuck: { stuck_minutes: STUCK_SECONDS / 60 } };
    writeFileSync(stage.supervisorConfig, JSON.stringify({ ...config, policies }));
    ada = stage.agent("ada", {
      projects: ["engine", "notes"],
      permission: { "*": "allow", doom_loop: "allow" },
      overrides: { health: { quiet_seconds: QUIET_SECONDS, task_seconds: 0.5 } },
    });
    await stage.startSupervisor();
    ada.start();
    await stage.nodeUp(ada);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const begin = async (prompt: string, project = "engine"): Promise<string> => {
    const { session_id: id } = await stage.halctl.json<CommandReply>("sessions", "start", project, prompt);
    return id as string;
  };
  const marked = (id: string, mark: string): Promise<SessionView["health"][number]> =>
    eventually(async () => {
      const { health, reason } = await stage.session(id);
      const found = health.find((one) => one.mark === mark);
      if (found === undefined) throw new Error(`${id} is not ${mark}: ${reason}; ${JSON.stringify(health)}`);
      return found;
    }, 40_000);
  const unmarked = (id: string): Promise<SessionView> =>
    eventually(async () => {
      const session = await stage.session(id);
      if (session.health.length > 0) throw new Error(JSON.stringify(session.health));
      return session;
    }, 20_000);
  /** How often it was told to be quiet while it had called a tool; its model may take its time before. */
  const quietTold = async (id: string): Promise<EventView[]> =>
    (await stage.events({ session_id: id, type: "session.health" })).filter(
      ({ data }) => (data as { last?: object }).last !== undefined,
    );

  test("a tool that prints is at work, however long it takes, and so is whoever waits for a sub-agent whose tool prints", async () => {
    const long = (STUCK_SECONDS + QUIET_SECONDS + 4) * 5;
    const child = { description: "x", prompt: bash(prints(long)), subagent_type: "general" };
    const [direct, root] = await Promise.all([
      begin(bash(prints(long))),
      begin(`[[tool: task ${JSON.stringify(child)}]] [[say: both done]]`, "notes"),
    ]);
    await Promise.all([stage.sessionIn(direct, "idle", 60_000), stage.sessionIn(root, "idle", 60_000)]);
    const children = (await stage.api<SessionView[]>("/sessions")).filter(({ parent_id: parent }) => parent === root);
    expect(children).toHaveLength(1);
    for (const id of [direct, root, ...children.map((one) => one.id)]) expect(await quietTold(id)).toEqual([]);
  });

  test("a tool that is silent makes its session stuck, with since when and why, until it moves", async () => {
    const before = Date.now();
    const id = await begin(bash(`until [ -e go ]; do sleep 0.1; done; ${prints(3_000)}`));
    const { since, reason } = await marked(id, "stuck");
    expect(Date.parse(since)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(since)).toBeLessThanOrEqual(Date.now() - STUCK_SECONDS * 1000);
    expect(reason).toMatch(/^nothing moved for \d+ s: last was bash `until \[ -e go \].*`, which is still running$/);
    expect(
      (await stage.halctl.json<SessionView[]>("sessions", "list", "--health", "stuck")).map((one) => one.id),
    ).toEqual([id]);
    expect((await stage.api<StatusView>("/status")).health).toMatchObject({ stuck: 1 });
    const why = await stage.halctl.json<WhyView>("why", id);
    expect(why.findings.find(({ topic }) => topic === "turn")).toMatchObject({
      level: "problem",
      text: expect.stringMatching(/^busy, nothing moved for \d+ s: last was bash `until/),
      since,
    });
    writeFileSync(path.join(ada.directoryOf("engine"), "go"), "");
    expect((await unmarked(id)).status).toBe("busy");
    await stage.halctl.json("sessions", "abort", id);
    await stage.sessionIn(id, "idle");
  });

  test("a model that calls the same again and again loops, until its turn is over", async () => {
    const id = await begin(Array.from({ length: 14 }, () => bash("sleep 0.5; echo same")).join(" "));
    const { reason } = await marked(id, "looping");
    expect(reason).toMatch(/^bash was called ([5-9]|1\d) times in a row with the same arguments$/);
    expect((await stage.sessionIn(id, "idle", 60_000)).health).toEqual([]);
  });

  test("a model whose tool fails three times in a row loops, and so does one of which three turns fail", async () => {
    const reads = ["one", "two", "three"].map(
      (name) => `[[tool: read ${JSON.stringify({ filePath: `${name}.none` })}]]`,
    );
    const id = await begin(`${reads.join(" ")} [[slow: 6000]]`);
    expect((await marked(id, "looping")).reason).toBe("read failed 3 times in a row");
    await stage.halctl.json("sessions", "abort", id);
    await stage.sessionIn(id, "idle");
    expect((await stage.session(id)).health).toEqual([]);

    const fails = await begin("[[error: 400]]", "notes");
    await stage.sessionIn(fails, "error");
    expect((await stage.session(fails)).health).toEqual([]);
    for (const turn of [2, 3]) {
      await stage.halctl.json("sessions", "prompt", fails, "[[error: 400]]");
      await eventually(async () => {
        const errors = await stage.events({ session_id: fails, type: "session.error" });
        if (errors.length < turn) throw new Error(`${errors.length} turns failed`);
      });
    }
    expect((await marked(fails, "looping")).reason).toBe("3 turns in a row failed");
    await stage.halctl.json("sessions", "prompt", fails, "[[say: well]]", "--wait");
    await unmarked(fails);
  });

  test("a session shows how full its context is, and what it says that it is at", async () => {
    const folder = path.join(ada.directoryOf("notes"), ".context");
    mkdirSync(folder, { recursive: true });
    const write = `printf '# Current task\\n\\nMend the engine\\n' > .context/CURRENT_TASK.md`;
    const id = await begin(`[[usage: in=41000 out=1000]] ${bash(write)} [[say: written]]`, "notes");
    await stage.sessionIn(id, "idle");
    await eventually(async () => {
      const { context, task } = await stage.session(id);
      expect(context).toEqual({ tokens: 42_000, limit: 100_000, percent: 42 });
      expect(task).toMatchObject({ text: "Mend the engine", written_at: expect.stringMatching(/^20/) });
    });
    const { stdout } = await stage.halctl.run("sessions", "get", id);
    expect(stdout).toMatch(/ctx 42 %, 42,000 of 100,000 tokens/);
    expect(stdout).toMatch(/task +Mend the engine/);
  });
});
