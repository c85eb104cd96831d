import { rmSync } from "node:fs";
import path from "node:path";
import type { CommandReply, CommandView, MessageView, NodeView, SessionView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

describe("an agent whose data directory is gone, and its opencode's is not", () => {
  let stage: Stage;
  let ned: Agent;
  let lost: string;
  let rested: string;
  let busy: string;
  const asked: Record<string, string> = {};
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    ned = stage.agent("ned", { opencodeLimits: { data_dir: path.join(stage.folder, "opencode of ned") } });
    await stage.startSupervisor();
    ned.start();
    await stage.nodeUp(ned);
    lost = ned.nodeId;
    rested = await begin("[[say: before it]]");
    await stage.sessionIn(rested, "idle");
    busy = await begin("[[slow: 600]]");
    await stage.sessionIn(busy, "busy");
    await loseIdentity();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const begin = async (prompt: string): Promise<string> => {
    const { session_id: id } = await stage.halctl.json<CommandReply>("start", "ned", prompt);
    return id as string;
  };

  /** Asks for something and does not wait for it. */
  const ask = async (verb: string, session: string, body: object = {}): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${stage.ports.http}/api/v1/sessions/${session}/${verb}`, {
      method: "POST",
      headers: { authorization: `Bearer ${stage.token}`, "content-type": "application/json" },
      body: JSON.stringify({ ...body, wait_ms: 0 }),
    });
    return ((await response.json()) as { data: CommandReply }).data.command.id;
  };

  const command = (id: string | undefined): Promise<CommandView> => stage.api(`/commands/${id}`);

  /** With a command that was sent and not begun, and one that waits for the node. */
  async function loseIdentity(): Promise<void> {
    const opencode = ned.opencode().pid;
    ned.program.freeze();
    asked["sent"] = await ask("prompt", rested, { text: "[[say: lost with it]]" });
    await eventually(async () => expect((await command(asked["sent"])).state).toBe("sent"));
    await ned.program.kill();
    process.kill(opencode, "SIGKILL");
    await eventually(async () => expect((await stage.session(busy)).status).toBe("unreachable"));
    asked["queued"] = await ask("abort", busy);
    rmSync(ned.dataDir, { recursive: true });
    ned.start();
    await stage.nodeUp(ned);
    await eventually(async () => {
      const told = await stage.events({ node_id: ned.nodeId, type: "session.started" });
      expect(new Set(told.map(({ session_id: id }) => id))).toEqual(new Set([rested, busy]));
    });
  }

  test("comes back as another node that is seen to be the same, and is the one that is meant", async () => {
    expect(ned.nodeId).not.toBe(lost);
    const nodes = await stage.halctl.json<NodeView[]>("nodes", "list");
    expect(Object.fromEntries(nodes.map(({ id, replaced_by: heir }) => [id, heir]))).toEqual({
      [lost]: ned.nodeId,
      [ned.nodeId]: null,
    });
    for (const id of [rested, busy]) expect(await stage.session(id)).toMatchObject({ id, node_id: ned.nodeId });
    expect((await stage.halctl.json<NodeView>("nodes", "get", "ned")).id).toBe(ned.nodeId);
    const next = await stage.halctl.json<{ messages: MessageView[] }>(
      "inject",
      rested,
      "[[say: still here]]",
      "--wait",
    );
    expect(next.messages.at(-1)?.text).toBe("still here");
    // nobody agreed to anything yet
    expect((await command(asked["sent"])).state).toBe("sent");
    expect((await command(asked["queued"])).state).toBe("queued");
  });

  test("takes the old one's place by the command that the list of nodes names", async () => {
    const { reason } = await stage.api<NodeView>(`/nodes/${lost}`);
    const [line] = /halctl nodes replace \S+ \S+/.exec(reason) ?? [];
    const { code, stdout } = await stage.halctl.run(...(line ?? reason).split(" ").slice(1));
    expect([code, stdout]).toEqual([0, expect.stringContaining("took its place")]);
    expect((await stage.api<NodeView[]>("/nodes")).map(({ id }) => id)).toEqual([ned.nodeId]);
    expect(await command(asked["sent"])).toMatchObject({ state: "failed", error: { code: "agent_state_lost" } });
    await eventually(async () =>
      expect(await command(asked["queued"])).toMatchObject({ state: "succeeded", node_id: ned.nodeId }),
    );
    const sessions = await stage.api<SessionView[]>("/sessions");
    expect(sessions.map(({ id, node_id: of }) => `${of}/${id}`).toSorted()).toEqual(
      [rested, busy].map((id) => `${ned.nodeId}/${id}`).toSorted(),
    );
    expect((await stage.session(busy)).status).not.toMatch(/busy|unreachable/);
  });

  test("has each session with all that was said in it, once, and goes on with them", async () => {
    const answer = await stage.halctl.json<{ messages: MessageView[] }>("inject", busy, "[[say: on we go]]", "--wait");
    expect(answer.messages.at(-1)?.text).toBe("on we go");
    for (const id of [rested, busy]) {
      const held = (await ned.opencode().messages(id)).map(({ info }) => info.id).toSorted();
      await eventually(async () =>
        expect((await stage.messages(id)).map((message) => message.id).toSorted()).toEqual(held),
      );
    }
    const said = (await stage.messages(rested)).map(({ text }) => text);
    expect(said).toEqual(["[[say: before it]]", "before it", "[[say: still here]]", "still here"]);
    expect((await stage.halctl.run("doctor")).stdout).not.toContain(lost);
  });
});
