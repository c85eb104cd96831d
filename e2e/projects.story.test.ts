import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { CommandReply, EventView, FleetProjectView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

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
  /** What a session types to write its progress file. */
  const writes = (status: string): string => {
    const text = `# Mend the engine\\n\\nStatus: ${status}\\n`;
    const command = `mkdir -p .context && printf '${text}' > .context/PROGRESS.md`;
    return `[[tool: bash ${JSON.stringify({ command, description: "x" })}]] [[say: written]]`;
  };
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
