import { readFileSync, writeFileSync } from "node:fs";
import type { InteractionView, WaitView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

describe("what waits for a person", () => {
  let stage: Stage;
  let ira: Agent;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    await stage.startSupervisor();
    ira = stage.agent("ira", { permission: { bash: { "*": "allow", "git *": "ask" } } });
    ira.start();
    await stage.nodeUp(ira);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const begin = async (prompt: string): Promise<string> =>
    (await stage.halctl.json<{ session_id: string }>("sessions", "start", "ira", prompt)).session_id;
  const runs = (command: string): string => `[[tool: bash ${JSON.stringify({ command, description: "run" })}]]`;
  const get = (id: string): Promise<InteractionView> => stage.halctl.json("interactions", "get", id);

  test("a child's request is its root's: a wait for the root ends with it, and its page names both and their owner", async () => {
    const task = { description: "push", prompt: runs("git push --force nowhere"), subagent_type: "general" };
    const script = `[[tool: task ${JSON.stringify(task)}]] [[say: it could not]]`;
    const ran = await stage.halctl.run("start", "ira", "--wait", "--format", "json", script);
    expect(ran.code).toBe(11);
    const [open] = await stage.halctl.json<InteractionView[]>("interactions", "list");
    const waited = await stage.halctl.run("sessions", "wait", open?.root_session_id ?? "", "--format", "json");
    expect(waited.code).toBe(11);
    expect((JSON.parse(waited.stdout) as WaitView).interaction?.id).toBe(open?.id);
    expect(await get(open?.id ?? "")).toMatchObject({
      owner: "shared-token",
      risk: { level: "high", reason: "it overwrites or deletes what was pushed" },
      command: "git push --force nowhere",
    });
    expect(open?.session_id).not.toBe(open?.root_session_id);
    const { stdout } = await stage.halctl.run("interactions", "get", open?.id ?? "");
    expect(stdout).toMatch(new RegExp(`session +${open?.root_session_id}\\n.*asker +its child ${open?.session_id}`));
    expect((await stage.halctl.run("interactions", "deny", open?.id ?? "", "--reason", "no")).code).toBe(0);
    await stage.sessionIn(open?.root_session_id ?? "", "idle");
  });

  test("an always says first what it covers, and covers that: another session of the directory is not asked", async () => {
    const first = await begin(`${runs("git fetch nowhere")} [[say: one]]`);
    const open = await stage.asked(first);
    expect(open.always_covers).toMatch(/^allows bash git fetch \* in every session of the directory of ira/);
    const ran = await stage.halctl.run("interactions", "allow", open.id, "--always");
    expect([ran.code, ran.stdout + ran.stderr]).toEqual([0, expect.stringContaining("until its opencode restarts")]);
    const other = await begin(`${runs("git fetch elsewhere")} [[say: two]]`);
    await stage.sessionIn(other, "idle");
    expect((await stage.messages(other)).at(-1)?.text).toBe("two");
    expect(await stage.api(`/interactions?state=all&session=${other}`)).toEqual([]);
  });

  test("one that nobody answers in time is denied with a reason that the model reads, and a question is not", async () => {
    const questions = [{ question: "Which?", header: "Which", options: [{ label: "A", description: "a" }] }];
    const asking = await begin(`[[tool: question ${JSON.stringify({ questions })}]] [[say: answered]]`);
    const question = await stage.asked(asking);
    const id = await begin(`${runs("git pull nowhere")} [[say: without it]]`);
    const open = await stage.asked(id);
    expect(open.expires_at).toBeNull();
    const config = JSON.parse(readFileSync(stage.supervisorConfig, "utf8")) as object;
    await stage.supervisor.stop();
    writeFileSync(stage.supervisorConfig, JSON.stringify({ ...config, interactions: { expire_after_minutes: 0.01 } }));
    await stage.startSupervisor();
    await stage.nodeUp(ira);
    await stage.sessionIn(id, "idle");
    expect((await stage.messages(id)).at(-1)?.text).toBe("without it");
    expect(stage.provider.results.at(-1)).toContain("nobody answered within");
    await eventually(async () =>
      expect(await get(open.id)).toMatchObject({ state: "answered", reply: "reject", answered_by: "policy:expiry" }),
    );
    expect(await get(question.id)).toMatchObject({ state: "open", expires_at: null });
  });
});
