import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { CommandReply, CommandView, EventView, FleetProjectView, WhyView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { HANDOVER_IN_WORDS, WRITES_DOWN } from "./handovers/handover-script.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { executable, Program } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";

/** What a session types to write its progress file. */
function writes(status: string): string {
  const text = `# Mend the engine\\n\\nStatus: ${status}\\n`;
  const command = `mkdir -p .context && printf '${text}' > .context/PROGRESS.md`;
  return `[[tool: bash ${JSON.stringify({ command, description: "x" })}]] [[say: written]]`;
}

describe("the task of a project", () => {
  let stage: Stage;
  let api: Agent;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    await stage.startSupervisor();
    api = stage.agent("api", { permission: { "*": "allow" } });
    api.start();
    await stage.nodeUp(api);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const begin = async (project: string, prompt: string): Promise<string> =>
    (await stage.halctl.json<CommandReply>("sessions", "start", project, prompt)).session_id as string;
  const project = (name: string): Promise<FleetProjectView> => stage.halctl.json("projects", "get", name);
  const told = async (of: string): Promise<EventView[]> =>
    (await stage.events({ project: of })).filter(({ type }) => type.startsWith("task."));
  const says = (agent: Agent, name: string, status: string): void => {
    const folder = path.join(agent.directoryOf(name), ".context");
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "PROGRESS.md"), `Status: ${status}\n`);
  };

  test("is completed when a session writes so, once, and over a restart of its agent", async () => {
    expect(await project("api")).toMatchObject({ task: "open", nodes: [{ node: "api", state: "ready" }] });
    const id = await begin("api", writes("completed"));
    await eventually(async () => expect((await project("api")).task).toBe("completed"), 60_000);
    expect(await project("api")).toMatchObject({
      reason: ".context/PROGRESS.md on api says that it is completed: Mend the engine",
      completed: { by: "file", session_id: id },
    });
    await api.program.kill();
    api.start();
    await stage.nodeUp(api);
    await stage.sessionIn(await begin("api", "[[say: more]]"), "idle", 60_000);
    expect((await told("api")).map(({ type }) => type)).toEqual(["task.completed"]);
    const { stdout } = await stage.halctl.run("projects", "list");
    expect(stdout).toMatch(/^PROJECT +TASK +NODES +SESSIONS +REASON\napi +completed +api +2 idle +\.context/);
  });

  test("is open again when its file says something else, also where its agent was away meanwhile", async () => {
    await api.stop();
    says(api, "api", "in progress");
    api.start();
    await stage.nodeUp(api);
    await eventually(async () => expect((await project("api")).task).toBe("open"), 30_000);
  });

  test("is what a person says", async () => {
    const done = await stage.halctl.run("projects", "complete", "api", "--title", "the engine");
    expect([done.code, done.stdout]).toEqual([0, expect.stringMatching(/says that it is completed: the engine/)]);
    expect((await stage.halctl.run("projects", "reopen", "api")).stdout).toMatch(/^task +open$/m);
    expect((await stage.halctl.run("projects", "get", "apy")).stderr).toContain("did you mean api?");
  });
});

// I29
describe("projects that wait for others", () => {
  let stage: Stage;
  let api: Agent;
  let web: Agent;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    configure({ web: { depends_on: ["api"], prompt: "[[say: my turn]]" } });
    await stage.startSupervisor();
    api = stage.agent("api", { permission: { "*": "allow" } });
    web = stage.agent("web");
    for (const agent of [api, web]) agent.start();
    await Promise.all([stage.nodeUp(api), stage.nodeUp(web)]);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  function configure(dependencies: object): void {
    const config = JSON.parse(readFileSync(stage.supervisorConfig, "utf8")) as object;
    writeFileSync(stage.supervisorConfig, JSON.stringify({ ...config, dependencies }));
  }
  const project = (name: string): Promise<FleetProjectView> => stage.halctl.json("projects", "get", name);
  const starts = async (): Promise<CommandView[]> =>
    (await stage.api<CommandView[]>("/commands")).filter(({ actor }) => actor === "project:web");

  test("are started on another node when a session writes that all is completed, once, over a kill of the supervisor", async () => {
    await stage.halctl.json("sessions", "start", "api", writes("completed"));
    await eventually(async () => expect((await project("api")).task).toBe("completed"), 60_000);
    await stage.supervisor.kill();
    await stage.startSupervisor();
    await Promise.all([stage.nodeUp(api), stage.nodeUp(web)]);
    const id = await eventually(async () => {
      const { session_id: found } = (await project("web")).start ?? {};
      expect(found).toEqual(expect.stringMatching(/^ses_/));
      return found as string;
    }, 60_000);
    await stage.sessionIn(id, "idle", 60_000);
    expect((await stage.messages(id)).map(({ text }) => text)).toEqual(["[[say: my turn]]", "my turn"]);
    expect(await starts()).toHaveLength(1);
    expect((await stage.halctl.run("projects", "get", "web")).stdout).toMatch(
      /^depends on +api \(completed\)\nlast start +.* ago, after api was completed: ses_/m,
    );
  });

  test("that were not started say why, and what releases them", async () => {
    await stage.halctl.run("stop", "--all", "--project", "web", "--yes");
    await stage.halctl.json("projects", "reopen", "api");
    await stage.halctl.json("projects", "complete", "api");
    const why = await eventually(async () => {
      const { findings } = await stage.halctl.json<WhyView>("why", "web", "--kind", "session");
      const found = findings.find(({ topic, level }) => topic === "project" && level === "problem");
      expect(found?.text).toMatch(/^it was not started when api was completed: /);
      return found?.text;
    });
    expect(why).toContain("halctl release --project web");
    expect(await starts()).toHaveLength(1);
    await stage.halctl.json("release", "--project", "web");
  });

  test("are judged before anything runs: a circle is refused, and one that nobody has is said", async () => {
    const validate = async () => {
      const program = new Program({
        label: "validate",
        file: executable("hal-supervisor"),
        args: ["--config", stage.supervisorConfig, "--validate"],
        cwd: stage.folder,
        env: { PATH: process.env["PATH"], HOME: stage.folder },
      });
      const { code } = await program.ended;
      return { code, log: program.log };
    };
    configure({ web: { depends_on: ["api"] }, api: { depends_on: ["web"] } });
    expect(await validate()).toMatchObject({
      code: 1,
      log: expect.stringContaining("dependencies.api.depends_on.0: goes round in a circle"),
    });
    configure({ web: { depends_on: ["apy"] } });
    expect(await validate()).toMatchObject({
      code: 0,
      log: expect.stringContaining(
        "dependencies.web.depends_on.0: no node has told of a project apy; did you mean api?",
      ),
    });
  });
});

// I24
describe("a session whose task is completed", () => {
  let stage: Stage;
  let api: Agent;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    const config = JSON.parse(readFileSync(stage.supervisorConfig, "utf8")) as object;
    const policies = {
      resume_on_idle: { enabled: true, idle_threshold_seconds: 4, prompt: "[[say: going on]]" },
      restart_on_completed: { enabled: true, prompt: "[[say: ready]]" },
    };
    writeFileSync(stage.supervisorConfig, JSON.stringify({ ...config, policies }));
    stage.provider.learn(HANDOVER_IN_WORDS, WRITES_DOWN);
    await stage.startSupervisor();
    api = stage.agent("api", { permission: { "*": "allow" } });
    api.start();
    await stage.nodeUp(api);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test("hands over, and the one that goes on from it rests until a person prompts it", async () => {
    const reply = await stage.halctl.json<CommandReply>("sessions", "start", "api", writes("completed"));
    const id = reply.session_id as string;
    const next = await eventually(async () => {
      const { status, continued_by: by } = await stage.session(id);
      expect(status).toBe("ended");
      return by as string;
    }, 90_000);
    const policyEvents = async (of: string): Promise<EventView[]> =>
      (await stage.events({ session_id: of })).filter(({ type }) => type.startsWith("policy."));
    expect((await policyEvents(id)).map(({ type, data }) => [type, (data as { policy: string }).policy])).toEqual([
      ["policy.acted", "restart_on_completed"],
    ]);
    await eventually(async () => {
      expect((await policyEvents(next)).map(({ type, data }) => [type, (data as { code: string }).code])).toEqual([
        ["policy.skipped", "completed"],
      ]);
    }, 60_000);
    expect((await stage.messages(next)).map(({ text }) => text)).toEqual(["[[say: ready]]", "ready"]);
    expect((await stage.halctl.run("why", next)).stdout).toMatch(/its task is completed, as its progress file says/);
    await stage.halctl.json("sessions", "prompt", next, "[[say: the next task]]");
    await eventually(async () => expect((await stage.messages(next)).at(-1)?.text).toBe("going on"), 60_000);
  });
});
