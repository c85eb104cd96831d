import { chmodSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { CommandReply, InteractionView, MessageView, NodeView, SessionView, StatusView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

const PUSH = `[[tool: bash {"command": "git push nowhere", "description": "push"}]] [[say: it said no]]`;

describe("an opencode that is killed and cannot start again", () => {
  let stage: Stage;
  let ola: Agent;
  let broken: string;
  let busy: string;
  let waiting: string;
  let rested: string;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    broken = path.join(stage.folder, "broken");
    ola = stage.agent("ola", {
      permission: { bash: { "*": "allow", "git push*": "ask" } },
      opencodeLimits: { command: wrapper(), max_restarts: 100 },
    });
    await stage.startSupervisor();
    ola.start();
    await stage.nodeUp(ola);
    [busy, waiting, rested] = [await begin("[[slow: 600]]"), await begin(PUSH), await begin("[[say: done]]")];
    await stage.sessionIn(busy, "busy");
    await stage.asked(waiting);
    await stage.sessionIn(rested, "idle");
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  /** An opencode that cannot start as long as a file is there. */
  function wrapper(): string {
    const file = path.join(stage.folder, "opencode");
    const lines = ["#!/bin/sh", `[ -e '${broken}' ] && echo 'a library is missing' && exit 1`];
    writeFileSync(file, [...lines, `exec '${inject("opencode")}' "$@"`, ""].join("\n"));
    chmodSync(file, 0o755);
    return file;
  }

  const begin = async (prompt: string): Promise<string> => {
    const { session_id: id } = await stage.halctl.json<CommandReply>("start", "ola", prompt);
    return id as string;
  };

  /** Asks for something and does not wait for it. */
  const ask = async (verb: string, session: string): Promise<number> => {
    const response = await fetch(`http://127.0.0.1:${stage.ports.http}/api/v1/sessions/${session}/${verb}`, {
      method: "POST",
      headers: { authorization: `Bearer ${stage.token}`, "content-type": "application/json" },
      body: JSON.stringify({ wait_ms: 0 }),
    });
    await response.arrayBuffer();
    return response.status;
  };

  test("leaves no turn at work and nothing green, before any other one is up", async () => {
    writeFileSync(broken, "");
    process.kill(ola.opencode().pid, "SIGKILL");
    for (const id of [busy, waiting])
      expect((await stage.sessionIn(id, "error")).reason).toContain("opencode ended in the middle of this turn");
    expect((await stage.sessionIn(rested, "unreachable")).reason).toContain("opencode on its node is down");
    await eventually(async () => {
      const node = await stage.api<NodeView>(`/nodes/${ola.nodeId}`);
      expect(node).toMatchObject({ status: "degraded", reason: expect.stringContaining("a library is missing") });
    });
    const sessions = await stage.halctl.json<SessionView[]>("sessions", "list");
    expect(sessions.map(({ status }) => status).toSorted()).toEqual(["error", "error", "unreachable"]);
    expect(await stage.api<StatusView>("/status")).toMatchObject({ open_interactions: 0 });
    const [asked] = await stage.api<InteractionView[]>(`/interactions?state=all&session=${waiting}`);
    expect(asked).toMatchObject({ state: "expired", reason: expect.stringContaining("opencode ended") });
    expect(await stage.events({ type: "opencode.up" })).toHaveLength(1);
  });

  test("takes a kill and an abort meanwhile, which are shown until they are done, when it is up again", async () => {
    for (const [verb, id] of [
      ["kill", busy],
      ["abort", waiting],
    ] as const)
      expect(await ask(verb, id)).toBe(200);
    for (const [id, type, words] of [
      [busy, "session.kill", "a kill was asked by shared-token"],
      [waiting, "session.abort", "an abort was asked by shared-token"],
    ] as const)
      await eventually(async () =>
        expect(await stage.session(id)).toMatchObject({
          status: "error",
          reason: expect.stringContaining(words),
          asked: [{ type }],
        }),
      );
    for (const words of [["sessions", "get"], ["why"]])
      expect((await stage.halctl.run(...words, busy)).stdout).toContain("a kill was asked by");

    rmSync(broken);
    await stage.nodeUp(ola);
    await stage.sessionIn(busy, "ended");
    await eventually(async () => {
      const commands = await stage.api<{ type: string; state: string }[]>("/commands?limit=2");
      expect(Object.fromEntries(commands.map(({ type, state }) => [type, state]))).toEqual({
        "session.abort": "succeeded",
        "session.kill": "succeeded",
      });
    });
    expect((await stage.session(waiting)).asked).toEqual([]);
    expect(await stage.session(rested)).toMatchObject({ status: "idle", reason: expect.stringContaining("finished") });
  });

  test("is prompted again where it was interrupted", async () => {
    const next = await stage.halctl.json<{ messages: MessageView[] }>("inject", waiting, "[[say: again]]", "--wait");
    expect(next.messages.at(-1)?.text).toBe("again");
    expect((await stage.session(waiting)).status).toBe("idle");
    expect(await stage.events({ type: "gap" })).toEqual([]);
  });
});
