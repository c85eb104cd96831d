import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { CommandReply, NodeView } from "@hal/protocol";
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
      projects: ["fine", "broken", "real"],
      overrides: {
        projects: [
          { name: "fine", directory: directory("fine") },
          { name: "broken", directory: directory("broken") },
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
