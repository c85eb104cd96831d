import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { CommandReply, EventView, NodeView, OperationOutput } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

describe("a node with a project that is broken, and one that is reached through links", () => {
  let stage: Stage;
  let dora: Agent;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    const folder = path.join(stage.folder, "dora");
    const directory = (name: string): string => path.join(folder, "projects", name);
    dora = stage.agent("dora", {
      projects: ["fine", "broken", "breaks", "real"],
      overrides: {
        projects: [
          { name: "fine", directory: directory("fine") },
          { name: "broken", directory: directory("broken") },
          { name: "breaks", directory: directory("breaks") },
          { name: "linked", directory: `${folder}/elsewhere/../elsewhere/real/` },
        ],
      },
    });
    symlinkSync("projects", path.join(folder, "elsewhere"));
    writeFileSync(path.join(directory("broken"), "opencode.json"), '{ "model": "fake/fake-model", ');
    await stage.startSupervisor();
    dora.start();
    await stage.nodeUp(dora);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const project = async (name: string): Promise<NodeView["projects"][number] | undefined> =>
    (await stage.halctl.json<NodeView>("nodes", "get", "dora")).projects.find((one) => one.name === name);

  test("the broken one is a state with its reason in lists, why and doctor", async () => {
    await eventually(async () => expect(await project("broken")).toMatchObject({ state: "failing" }));
    expect((await project("broken"))?.reason).toMatch(/opencode\.json: .*CloseBraceExpected/);
    expect((await project("fine"))?.state).toBe("ready");
    const { reason } = await stage.halctl.json<NodeView>("nodes", "get", "dora");
    expect(reason).toBe("online; project broken is failing");
    for (const args of [["why", "dora", "--kind", "node"], ["doctor"]]) {
      const { stdout } = await stage.halctl.run(...args);
      expect(stdout.replaceAll(/\s+/g, " ")).toMatch(/project broken .*is failing.*CloseBraceExpected/);
    }
    const { code, stderr } = await stage.halctl.run("sessions", "start", "broken", "[[say: never]]");
    expect([code, stderr]).toEqual([1, expect.stringContaining("CloseBraceExpected")]);
  });

  test("sessions of the others run from their start to their end", async () => {
    for (const name of ["fine", "linked"]) {
      const { session_id: id } = await stage.halctl.json<CommandReply>("sessions", "start", name, "[[say: done]]");
      const session = await stage.sessionIn(id as string, "idle");
      expect(session.project).toBe(name);
    }
    const linked = await dora.opencode().sessions(realpathSync(path.join(stage.folder, "dora/projects/real")));
    expect(linked).toHaveLength(1);
  });

  test("a session whose project breaks works on, until its instance is gone", async () => {
    const directory = path.join(stage.folder, "dora/projects/breaks");
    const { session_id: id } = await stage.halctl.json<CommandReply>("sessions", "start", "breaks", "[[slow: 600]]");
    await stage.sessionIn(id as string, "busy");
    writeFileSync(path.join(directory, "opencode.json"), '{ "model": ');
    const { status } = await stage.halctl.json<OperationOutput<"nodes.check">>("nodes", "check", "dora");
    expect(status).toMatchObject({ working: { [id as string]: { type: "busy" } } });
    expect((await project("breaks"))?.state).toBe("ready");
    await dora.opencode().post(`/instance/dispose?${new URLSearchParams({ directory }).toString()}`);
    await eventually(async () =>
      expect(await stage.session(id as string)).toMatchObject({
        status: "unreachable",
        reason: expect.stringMatching(/opencode has failed at its directory .*; it was (idle|error)$/),
      }),
    );
  });

  test("the broken one is ready again after it is mended, as soon as nobody works, and nobody is harmed", async () => {
    const { session_id: id } = await stage.halctl.json<CommandReply>("sessions", "start", "fine", "[[slow: 400]]");
    await stage.sessionIn(id as string, "busy");
    const { pid } = dora.opencode();
    for (const name of ["broken", "breaks"])
      writeFileSync(path.join(stage.folder, `dora/projects/${name}/opencode.json`), "{}");
    await eventually(async () => expect((await project("broken"))?.state).toBe("ready"), 180_000);
    await eventually(async () => expect((await project("breaks"))?.state).toBe("ready"));
    expect(dora.opencode().pid).not.toBe(pid);
    // whoever worked had come to the end first
    expect(await stage.session(id as string)).toMatchObject({ status: "idle" });
    const [answer] = (await stage.messages(id as string)).slice(-1);
    expect(answer).toMatchObject({ role: "assistant", state: "complete" });
    const all = await stage.events({});
    // before it began nobody may have been at work for a moment, and opencode been started anew for what broke before
    const events = all.slice(all.findIndex((event) => event.session_id === id));
    const of = (type: string) => events.filter((event) => event.type === type);
    expect([of("opencode.down"), of("session.error")]).toEqual([[], []]);
    const [recycled, ...more] = of("opencode.recycled");
    expect(recycled?.data).toMatchObject({ reason: expect.stringMatching(/(broken|breaks)\/opencode\.json$/) });
    expect(more).toEqual([]);
    const idle = of("session.idle").find((event) => event.session_id === id);
    expect(events.indexOf(idle as EventView)).toBeLessThan(events.indexOf(recycled as EventView));
    const { session_id: next } = await stage.halctl.json<CommandReply>(
      "sessions",
      "start",
      "broken",
      "[[say: mended]]",
    );
    expect((await stage.sessionIn(next as string, "idle")).project).toBe("broken");
    expect((await stage.halctl.run("sessions", "prompt", id as string, "[[say: still here]]", "--wait")).code).toBe(0);
  }, 240_000);

  test("a directory that vanished and came back is a project again", async () => {
    const directory = path.join(stage.folder, "dora/projects/real");
    rmSync(directory, { recursive: true });
    await eventually(async () => expect((await project("linked"))?.state).toBe("missing"), 30_000);
    mkdirSync(directory);
    await eventually(async () => expect((await project("linked"))?.state).toBe("ready"), 30_000);
    const { session_id: id } = await stage.halctl.json<CommandReply>("sessions", "start", "linked", "[[say: back]]");
    expect((await stage.sessionIn(id as string, "idle")).project).toBe("linked");
  });

  test("two projects that are one directory are refused with one line", async () => {
    const twice = stage.agent("twice", {
      projects: ["p"],
      overrides: {
        projects: ["p", "q"].map((name) => ({ name, directory: path.join(stage.folder, "twice/projects/p") })),
      },
    });
    const program = twice.start();
    await eventually(async () => expect(program.log).toMatch(/projects p .* and q .* are the same directory/));
    await twice.stop();
  });
});
