import { type CommandOutput, HalError } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startSession } from "../../src/capabilities/commands/handlers/start-session.ts";
import { stopNode } from "../../src/capabilities/commands/handlers/stop-node.ts";
import { type AgentStage, openAgentStage, PROJECT } from "../support/agent-stage.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";

let double: OpencodeApiDouble;
let stage: AgentStage;

beforeEach(async () => {
  double = new OpencodeApiDouble();
  stage = await openAgentStage(double);
});
afterEach(() => stage[Symbol.asyncDispose]());

const stop = (project?: string): Promise<CommandOutput<"node.stop">> =>
  stopNode(stage.context, project === undefined ? {} : { project }, "cmd_1");

const results = ({ sessions }: CommandOutput<"node.stop">): Record<string, string> =>
  Object.fromEntries(sessions.map(({ sessionId, result }) => [sessionId, result]));

/** A session that opencode says is at work, whoever knows of it. */
function working(id: string, directory = PROJECT, more: object = {}): void {
  double.sessionsIn.set(id, { id, directory, ...more });
  double.working.set(id, { type: "busy" });
}

describe("node.stop", () => {
  it("stops what opencode says is at work, whatever is known of it or of its parents", async () => {
    working("ses_unknown");
    working("ses_self", PROJECT, { parentID: "ses_self" });
    working("ses_a", PROJECT, { parentID: "ses_b" });
    working("ses_b", PROJECT, { parentID: "ses_a" });
    double.working.set("ses_a", { type: "retry", attempt: 1, message: "429" });
    expect(results(await stop())).toEqual({
      ses_unknown: "stopped",
      ses_self: "stopped",
      ses_a: "stopped",
      ses_b: "stopped",
    });
    expect(double.working.size).toBe(0);
  });

  it("stops a session that was told as ended, and rejects what it asks", async () => {
    double.session("ses_1", PROJECT, { time: { created: 1, updated: 1, archived: 5 } });
    stage.follow();
    await expect.poll(async () => (await stage.told()).map(({ type }) => type)).toContain("session.ended");
    double.working.set("ses_1", { type: "busy" });
    const about = { sessionID: "ses_1", permission: "bash", patterns: [], always: [], metadata: {} };
    double.openPermissions.push({ id: "per_1", ...about });
    expect(results(await stop())).toEqual({ ses_1: "stopped" });
    expect(double.openPermissions).toEqual([]);
  });

  it("lets no prompt through whose start had begun before it", async () => {
    stage.follow();
    let kept: readonly string[] = [];
    // while the directory of the new session comes up
    double.boot = async () => {
      ({ kept } = await stop());
    };
    const starting = startSession(stage.context, { project: "p1", prompt: "write it" }, "cmd_2");
    await expect(starting).rejects.toThrow("everything was stopped before its prompt reached opencode");
    expect({ kept, prompts: double.prompts }).toEqual({ kept: ["cmd_2"], prompts: [] });
    double.boot = async () => undefined;
    await startSession(stage.context, { project: "p1", prompt: "write it" }, "cmd_3");
    expect(double.prompts).toHaveLength(1);
    expect((await stop()).kept).toEqual([]);
  });

  it("names neither a start that prompts nothing nor what another project has begun", async () => {
    stage.follow();
    const kept: string[] = [];
    double.boot = async () => {
      kept.push(...(await stop("p2")).kept);
    };
    await startSession(stage.context, { project: "p1", prompt: "write it" }, "cmd_2");
    const create = double.createSession.bind(double);
    double.createSession = async (request) => {
      kept.push(...(await stop()).kept);
      return create(request);
    };
    await startSession(stage.context, { project: "p1" }, "cmd_3");
    expect({ kept, prompts: double.prompts.length }).toEqual({ kept: [], prompts: 1 });
  });

  it("waits for a prompt that is on its way, unless it is another project's", async () => {
    stage.follow();
    const done: string[] = [];
    let all: Promise<unknown> | undefined;
    double.before.set("prompt", async () => {
      all = stop().then(() => done.push("all"));
      await stop("p2").then(() => done.push("p2"));
    });
    await startSession(stage.context, { project: "p1", prompt: "write it" }, "cmd_2");
    await all;
    expect({ done, working: double.working.size }).toEqual({ done: ["p2", "all"], working: 0 });
  });

  it("says what goes on in spite of it, and what cannot be known", async () => {
    working("ses_hangs");
    double.before.set("abort", () => {
      throw new HalError("opencode_error", "it hangs");
    });
    expect(await stop()).toMatchObject({
      sessions: [{ sessionId: "ses_hangs", result: "working", reason: "it hangs" }],
    });
    double.broken.add(PROJECT);
    expect(await stop()).toEqual({
      sessions: [],
      kept: [],
      failing: [{ directory: PROJECT, project: "p1", reason: expect.stringContaining("broken") }],
    });
  });

  it("stops what begins meanwhile, too", async () => {
    working("ses_1");
    double.before.set("abort", () => {
      double.before.delete("abort");
      working("ses_child");
    });
    expect(results(await stop())).toEqual({ ses_1: "stopped", ses_child: "stopped" });
  });

  it("does nothing outside of the project that is meant", async () => {
    working("ses_1");
    expect(await stop("p2")).toEqual({ sessions: [], failing: [], kept: [] });
    expect(double.working.size).toBe(1);
    expect(results(await stop("p1"))).toEqual({ ses_1: "stopped" });
  });

  it("marks what it stops until it has left it, for whoever compares", async () => {
    working("ses_1");
    const { acting } = stage.context;
    const before = acting.place;
    let during = false;
    double.before.set("abort", () => void (during = acting.wasAt("ses_1", acting.place)));
    await stop();
    expect([during, acting.wasAt("ses_1", before), acting.wasAt("ses_1", acting.place)]).toEqual([true, true, false]);
  });
});
