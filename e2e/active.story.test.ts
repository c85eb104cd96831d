import type { CommandReply, CommandView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

// I28
describe("a project in which a session is active", () => {
  let stage: Stage;
  let ada: Agent;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"), { parallel: false });
    ada = stage.agent("ada", { projects: ["engine", "notes"] });
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
      ["a", "b", "c", "d"].map((word) => stage.halctl.run("start", "notes", `[[slow: 3]] ${word}`, "--format", "json")),
    );
    expect(ran.filter(({ code }) => code === 0)).toHaveLength(1);
    expect(await inOpencode("notes")).toHaveLength(before.length + 1);
  }, 60_000);

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
