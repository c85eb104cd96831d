import type { CommandReply, EventView, MessageView, PromptView, SessionView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { processesOf } from "./harness/processes.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

interface Answer {
  readonly session: SessionView;
  readonly messages: readonly MessageView[];
}

describe("programs that die in the middle of a turn", () => {
  let stage: Stage;
  let eve: Agent;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    eve = stage.agent("eve", { permission: { bash: { "*": "allow", "git push*": "ask" } } });
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const begin = async (prompt: string): Promise<string> => {
    const { session_id: id } = await stage.halctl.json<CommandReply>("sessions", "start", "eve", prompt);
    return id as string;
  };

  const idsTold = (events: readonly EventView[]): string[] =>
    events.map(({ data }) => (data as { messageId: string }).messageId).toSorted();

  /** Every message of opencode is in the log, once, and the cost is opencode's. */
  const expectNothingLostOrTwice = async (id: string): Promise<void> => {
    await eventually(async () => {
      const held = (await eve.opencode().messages(id)).map(({ info }) => info.id).toSorted();
      expect(idsTold(await stage.events({ session_id: id, type: "session.message" }))).toEqual(held);
      expect((await stage.session(id)).cost).toBeCloseTo((await eve.opencode().session(id)).cost, 6);
    });
    const events = await stage.events({ session_id: id });
    const tools = events
      .filter(({ type }) => type === "tool.execute.after")
      .map(({ data }) => (data as { callId: string }).callId);
    expect(new Set(tools).size).toBe(tools.length);
  };

  test("an agent that starts while the supervisor is away says so once, and connects when it is there", async () => {
    const program = eve.start();
    await eventually(() => expect(program.log.split("link ended").length - 1).toBeGreaterThanOrEqual(3));
    const complaints = program.log
      .split("\n")
      .filter((line) => line.includes("ECONNREFUSED") || /cannot reach|not reach|away/.test(line));
    expect(complaints).toHaveLength(1);
    await stage.startSupervisor();
    await stage.nodeUp(eve);
  });

  test("a supervisor that is killed in the middle of a turn misses nothing", async () => {
    const id = await begin(`[[tool: bash {"command": "echo first", "description": "first"}]] [[slow: 30]] `);
    await stage.sessionIn(id, "busy");
    await stage.supervisor.kill();
    const away = await stage.halctl.run("sessions", "list");
    expect(away.code).toBe(3);
    await stage.startSupervisor();
    await stage.sessionIn(id, "idle");
    expect((await stage.messages(id)).at(-1)?.text).toContain("tick29");
    await expectNothingLostOrTwice(id);
  });

  test("a turn that ends while the supervisor is away is there when it is back", async () => {
    const id = await begin("[[slow: 15]]");
    await stage.sessionIn(id, "busy");
    await stage.supervisor.kill();
    await eventually(async () => {
      const last = (await eve.opencode().messages(id)).at(-1)?.info as { role: string; time?: { completed?: number } };
      expect(last.time?.completed).toBeDefined();
    });
    await stage.startSupervisor();
    await stage.sessionIn(id, "idle");
    await expectNothingLostOrTwice(id);
  });

  test("an agent that is killed in the middle of a turn comes back as the same node with the same opencode", async () => {
    const node = eve.nodeId;
    const opencode = eve.opencode().pid;
    const id = await begin(`[[slow: 20]]`);
    await stage.sessionIn(id, "busy");
    await eve.program.kill();
    await eventually(async () => {
      const session = await stage.session(id);
      expect(session.status).toBe("unreachable");
      expect(session.reason).not.toBe("");
    });
    eve.start();
    await stage.nodeUp(eve);
    expect(eve.nodeId).toBe(node);
    expect(eve.opencode().pid).toBe(opencode);
    await stage.sessionIn(id, "idle");
    expect((await stage.messages(id)).at(-1)?.text).toContain("tick19");
    await expectNothingLostOrTwice(id);
  });

  test("an agent that is replaced in the middle of a turn leaves its opencode to the next one, or to whoever ends it", async () => {
    const opencode = eve.opencode().pid;
    const id = await begin(`[[slow: 20]]`);
    await stage.sessionIn(id, "busy");
    expect(await eve.program.leave()).toEqual({ code: 0, signal: null });
    eve.start();
    await stage.nodeUp(eve);
    expect(eve.opencode().pid).toBe(opencode);
    await stage.sessionIn(id, "idle");
    expect((await stage.messages(id)).at(-1)?.text).toContain("tick19");
    await expectNothingLostOrTwice(id);

    const runsHere = (): boolean => processesOf(eve.dataDir).some((line) => line.startsWith(`${opencode} `));
    await eve.program.leave();
    expect(runsHere()).toBe(true);
    expect((await eve.verb("end-opencode")).stdout).toBe(`opencode (pid ${opencode}) has ended\n`);
    expect(runsHere()).toBe(false);
    eve.start();
    await stage.nodeUp(eve);
  });

  test("a permission that was asked while the agent was dead still reaches a person", async () => {
    const id = await begin(`[[slow: 10]]`);
    await stage.sessionIn(id, "busy");
    const prompt = `[[tool: bash {"command": "git push nowhere", "description": "push"}]] [[say: it said no]]`;
    await stage.halctl.json("sessions", "prompt", id, "--steer", prompt);
    await eve.program.kill();
    await eventually(async () =>
      expect(JSON.stringify(await eve.opencode().messages(id))).toContain("git push nowhere"),
    );
    eve.start();
    await stage.nodeUp(eve);
    const open = await stage.asked(id);
    expect((await stage.session(id)).status).toBe("waiting");
    expect((await stage.halctl.run("interactions", "deny", open.id)).code).toBe(0);
    await stage.sessionIn(id, "idle");
    await expectNothingLostOrTwice(id);
  });

  test("a prompt for a node that is away waits, visibly, and is sent when it is back", async () => {
    const { session } = await stage.halctl.json<Answer>("sessions", "start", "eve", "[[say: here]]", "--wait");
    await eve.program.kill();
    await eventually(async () => expect((await stage.session(session.id)).status).toBe("unreachable"));
    const waiting = stage.halctl.run("sessions", "prompt", session.id, "[[say: back again]]", "--wait");
    await eventually(async () => {
      const [prompt] = await stage.api<PromptView[]>(`/prompts?session=${session.id}&limit=1`);
      expect(prompt).toMatchObject({ state: "pending", reason: expect.stringContaining("waits: its node is offline") });
    });
    eve.start();
    expect((await waiting).code).toBe(0);
    await eventually(async () => expect((await stage.messages(session.id)).at(-1)?.text).toBe("back again"));
    await expectNothingLostOrTwice(session.id);
  });

  test("an opencode that is killed is started again, with its sessions, and the turn is told as interrupted", async () => {
    const id = await begin("[[slow: 600]]");
    await eventually(async () => expect(await eve.opencode().messages(id)).toHaveLength(2));
    const before = eve.opencode().pid;
    process.kill(before, "SIGKILL");
    // before anything else is up
    const interrupted = await stage.sessionIn(id, "error");
    expect(interrupted.reason).toContain("opencode ended in the middle of this turn");
    await eventually(async () => {
      await stage.nodeUp(eve);
      expect(eve.opencode().pid).not.toBe(before);
    });
    // a row of the answer that was not heard before is read now
    await eventually(async () => expect((await stage.messages(id)).map(({ state }) => state)).toContain("interrupted"));
    expect((await stage.session(id)).status).toBe("error");
    const next = await stage.halctl.json<Answer>(
      "sessions",
      "prompt",
      id,
      "[[say: as if nothing had happened]]",
      "--wait",
    );
    expect(next.messages.at(-1)?.text).toBe("as if nothing had happened");
    await expectNothingLostOrTwice(id);
  });

  test("an agent that stops in order takes opencode and its tools with it, and is offline at once", async () => {
    const id = await begin(`[[tool: bash {"command": "sleep 300", "description": "wait"}]]`);
    await eventually(() => expect(stage.survivors().join("\n")).toContain("sleep 300"));
    const { code } = await eve.program.stop();
    expect(code).toBe(0);
    const node = await stage.api<{ status: string; reason: string }>(`/nodes/${eve.nodeId}`);
    expect(node.status).toBe("offline");
    expect(stage.survivors().filter((line) => /opencode|sleep/.test(line))).toEqual([]);
    expect((await stage.session(id)).reason).not.toBe("");
  });
});
