import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { CommandReply, InteractionView, MessageView, OperationOutput, SessionView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

const ASKS = { bash: { "*": "allow", "git push*": "ask" } };
const PUSH = `[[tool: bash {"command": "git push nowhere", "description": "push"}]] [[say: it said no]]`;

/** So long five projects may take to come up at once on a busy machine. */
const COMES_UP_MS = 100_000;

describe("an opencode that somebody else uses, too, and that ends when nobody expects it", () => {
  let stage: Stage;
  let ivy: Agent;
  const innocents: ChildProcess[] = [];
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"), { env: () => ({ AWS_SECRET_ACCESS_KEY: "nobody-elses" }) });
    ivy = stage.agent("ivy", { permission: ASKS });
    await stage.startSupervisor();
    ivy.start();
    await stage.nodeUp(ivy);
  });
  afterAll(async () => {
    for (const innocent of innocents) innocent.kill("SIGKILL");
    await stage[Symbol.asyncDispose]();
  });

  const begin = async (prompt: string): Promise<string> => {
    const { session_id: id } = await stage.halctl.json<CommandReply>("sessions", "start", "ivy", prompt);
    return id as string;
  };

  const interaction = async (id: string): Promise<InteractionView> => {
    const all = await stage.api<InteractionView[]>("/interactions?state=all&limit=1000");
    return all.find((one) => one.id === id) as InteractionView;
  };

  /** Somebody else's process. */
  const innocent = (seconds: number, argv0 = "sleep"): number => {
    const child = spawn("sleep", [String(seconds)], { argv0, stdio: "ignore", env: { PATH: process.env["PATH"] } });
    innocents.push(child);
    return child.pid as number;
  };

  const runs = (pid: number): boolean => {
    try {
      return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
    } catch {
      return false;
    }
  };

  const sleeping = (seconds: number): string[] =>
    stage.survivors().filter((line) => line.includes(`sleep ${seconds}`) && !line.includes("-c"));

  test("a first turn that is aborted in the middle of opencode's beginning leaves its project usable", async () => {
    const projects = ["one", "two", "three", "four", "five"];
    const kay = stage.agent("kay", { projects });
    kay.start();
    await stage.nodeUp(kay);
    const post = async (route: string, body: object): Promise<CommandReply> => {
      const response = await fetch(`http://127.0.0.1:${stage.ports.http}/api/v1${route}`, {
        method: "POST",
        headers: { authorization: `Bearer ${stage.token}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return ((await response.json()) as { data: CommandReply }).data;
    };
    // nobody knows when opencode is in the middle of it: each project is aborted a little later than the one before
    const answers = projects.map(async (project, index) => {
      await post("/sessions", { project, prompt: "[[slow: 100]]", wait_ms: 0 });
      const id = await eventually(async () => {
        const [session] = await stage.api<SessionView[]>(`/sessions?project=${project}`);
        expect(session).toBeDefined();
        return session?.id as string;
      }, COMES_UP_MS);
      await delay(index * 150);
      await post(`/sessions/${id}/abort`, {});
      const { session_id: next } = await post("/sessions", {
        project,
        prompt: "[[say: fine]]",
        wait_ms: COMES_UP_MS,
      });
      await stage.sessionIn(next as string, "idle", 40_000);
      return (await stage.messages(next as string)).at(-1)?.text;
    });
    expect(await Promise.all(answers)).toEqual(projects.map(() => "fine"));
    await kay.stop();
  }, 300_000);

  test("it inherits nobody's secrets, and answers only to its own password", async () => {
    const environment = readFileSync(`/proc/${ivy.opencode().pid}/environ`, "utf8");
    expect(environment).not.toContain("nobody-elses");
    expect(environment).toContain("OPENCODE_SERVER_PASSWORD=");
    expect((await fetch(`${ivy.opencode().address.url}/global/health`)).status).toBe(401);
  });

  test("a turn that takes long delays neither the heartbeat nor another command", async () => {
    const slow = await begin("[[slow: 600]]");
    await stage.sessionIn(slow, "busy");
    const { status } = await stage.halctl.json<OperationOutput<"nodes.check">>("nodes", "check", "ivy");
    expect(status).toMatchObject({ working: { [slow]: { type: "busy" } } });
    const { session } = await stage.halctl.json<{ session: SessionView; messages: MessageView[] }>(
      "sessions",
      "start",
      "ivy",
      "[[say: beside it]]",
      "--wait",
    );
    expect(session.status).toBe("idle");
    expect(await stage.api(`/nodes/${ivy.nodeId}`)).toMatchObject({ status: "online" });
    expect((await stage.session(slow)).status).toBe("busy");
    expect((await stage.halctl.run("sessions", "kill", slow)).code).toBe(0);
  });

  test("a permission that a child session asks for reaches a person", async () => {
    const task = { description: "push", prompt: PUSH, subagent_type: "general" };
    const id = await begin(`[[tool: task ${JSON.stringify(task)}]] [[say: it could not]]`);
    const open = await stage.asked(id);
    expect(open.session_id).not.toBe(id);
    expect(await stage.session(id)).toMatchObject({ status: "waiting", reason: expect.stringContaining("git push") });
    expect((await stage.halctl.run("interactions", "deny", open.id)).code).toBe(0);
    await stage.sessionIn(id, "idle");
    await stage.sessionIn(open.session_id, "idle");
  });

  test("a permission that somebody answers in opencode itself is answered", async () => {
    const id = await begin(PUSH);
    const open = await stage.asked(id);
    const query = new URLSearchParams({ directory: ivy.directoryOf("ivy") }).toString();
    await ivy.opencode().post(`/permission/${open.id}/reply?${query}`, { reply: "once" });
    await eventually(async () =>
      expect(await interaction(open.id)).toMatchObject({ state: "answered", answered_by: "opencode" }),
    );
    await stage.sessionIn(id, "idle");
  });

  test("what somebody did in opencode while the agent was away is told when it is back", async () => {
    const [answered, deleted] = [await begin(PUSH), await begin(PUSH)];
    const [first, second] = [await stage.asked(answered), await stage.asked(deleted)];
    const opencode = ivy.opencode();
    await ivy.program.kill();
    const query = new URLSearchParams({ directory: ivy.directoryOf("ivy") }).toString();
    await opencode.post(`/permission/${first.id}/reply?${query}`, { reply: "once" });
    await opencode.post(`/session/${deleted}/abort`);
    await opencode.deleteSession(deleted);
    ivy.start();
    await stage.nodeUp(ivy);
    expect(ivy.opencode().pid).toBe(opencode.pid);
    await stage.sessionIn(answered, "idle");
    expect(await stage.sessionIn(deleted, "ended")).toMatchObject({ reason: expect.stringContaining("deleted") });
    for (const { id } of [first, second]) expect((await interaction(id)).state).toBe("expired");
    expect((await stage.messages(answered)).at(-1)?.text).toBe("it said no");
  });

  test("a permission whose asker was disposed of does not wait for ever", async () => {
    const id = await begin(PUSH);
    const open = await stage.asked(id);
    const query = new URLSearchParams({ directory: ivy.directoryOf("ivy") }).toString();
    await ivy.opencode().post(`/instance/dispose?${query}`);
    await eventually(async () => expect((await interaction(open.id)).state).toBe("expired"));
    await eventually(async () => expect((await stage.session(id)).status).not.toMatch(/busy|waiting/));
    expect(await stage.api(`/interactions?session=${id}`)).toEqual([]);
  });

  test("one that is killed leaves no tool behind, and nobody else's process ends with it", async () => {
    const others = [innocent(4321), innocent(4322, "opencode")];
    const command = "setsid sleep 4321 & (setsid nohup sleep 4321 >/dev/null 2>&1 &); sleep 4321";
    const id = await begin(`[[tool: bash ${JSON.stringify({ command, description: "wait" })}]]`);
    await eventually(() => expect(sleeping(4321)).toHaveLength(3));
    const before = ivy.opencode().pid;
    process.kill(before, "SIGKILL");
    await eventually(async () => expect(await stage.events({ type: "opencode.down" })).not.toEqual([]));
    // asked while there is no opencode: it waits for the next one
    const next = await stage.halctl.json<{ messages: MessageView[] }>(
      "sessions",
      "start",
      "ivy",
      "[[say: here]]",
      "--wait",
    );
    expect(next.messages.at(-1)?.text).toBe("here");
    expect(ivy.opencode().pid).not.toBe(before);
    expect(sleeping(4321)).toEqual([]);
    expect(others.map(runs)).toEqual([true, true]);
    expect((await stage.sessionIn(id, "error")).reason).toContain("opencode ended in the middle of this turn");
  });

  test("its tools are ended by the next agent, too, where agent and opencode died together", async () => {
    const other = innocent(4323);
    const id = await begin(`[[tool: bash {"command": "setsid sleep 4323", "description": "wait"}]]`);
    await eventually(() => expect(sleeping(4323)).toHaveLength(1));
    const { pid } = ivy.opencode();
    await ivy.program.kill();
    process.kill(pid, "SIGKILL");
    ivy.start();
    await stage.nodeUp(ivy);
    expect(sleeping(4323)).toEqual([]);
    expect(runs(other)).toBe(true);
    await stage.sessionIn(id, "error");
    await eventually(async () => expect((await stage.messages(id)).map(({ state }) => state)).toContain("interrupted"));
    // through all of it there was nothing that could not be known
    expect(await stage.events({ type: "gap" })).toEqual([]);
  });
});
