import { writeFileSync } from "node:fs";
import path from "node:path";
import type { EventView, MessageView, PromptReply, PromptView, SessionView, WaitView, WhyView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import type { Program } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";

describe("prompts and how they reach a session", () => {
  let stage: Stage;
  let pia: Agent;
  let supervisor: Program;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    supervisor = await stage.startSupervisor();
    pia = stage.agent("pia", { permission: { bash: { "*": "allow", "git push*": "ask" } } });
    pia.start();
    await stage.nodeUp(pia);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const start = async (prompt: string): Promise<string> =>
    (await stage.halctl.json<{ session_id: string }>("sessions", "start", "pia", prompt)).session_id;
  const give = (id: string, ...args: string[]): Promise<PromptReply> =>
    stage.halctl.json("sessions", "prompt", id, ...args);
  const waiting = (id: string): Promise<PromptView[]> => stage.halctl.json("prompts", "list", "--session", id);
  const wait = async (id: string, ...args: string[]) => {
    const { code, stdout } = await stage.halctl.run("sessions", "wait", id, "--timeout", "60s", "-o", "json", ...args);
    return { code, view: JSON.parse(stdout) as WaitView };
  };
  const promptsOf = async (id: string): Promise<string[]> =>
    (await stage.messages(id)).filter(({ role }) => role === "user").map(({ text }) => text);
  const pauses = (seconds: number, flag: string): string =>
    `[[tool: bash {"command":"for i in $(seq ${seconds * 10}); do [ -e ${flag} ] && break; sleep 0.1; done","description":"wait"}]]`;
  const raise = (flag: string): void => writeFileSync(path.join(pia.directoryOf("pia"), flag), "");

  test("two wait for the turn that runs, are put in another order, and are answered in it once each, although the supervisor is killed", async () => {
    const id = await start(`${pauses(100, "first-over")} [[say: the first]]`);
    await stage.sessionIn(id, "busy");
    const one = (await give(id, "[[say: one]]")).prompt;
    const other = (await give(id, "[[say: other]]", "--queue")).prompt;
    expect([one?.state, other?.state]).toEqual(["pending", "pending"]);
    expect(one?.reason).toBe("waits: the turn that runs comes first");
    await stage.halctl.json("prompts", "move", other?.id ?? "", "1");
    await stage.halctl.json("prompts", "edit", one?.id ?? "", "[[say: one, mended]]");
    expect((await waiting(id)).map(({ text }) => text)).toEqual(["[[say: other]]", "[[say: one, mended]]"]);
    expect((await stage.session(id)).reason).toContain("2 prompts wait: halctl prompts list");
    await supervisor.kill();
    raise("first-over");
    supervisor = await stage.startSupervisor();
    await stage.nodeUp(pia);
    await eventually(async () => expect(await waiting(id)).toEqual([]), 60_000);
    await stage.sessionIn(id, "idle");
    await eventually(async () =>
      expect((await stage.messages(id)).at(-1)).toMatchObject({ role: "assistant", text: "one, mended" }),
    );
    expect(await promptsOf(id)).toEqual([
      expect.stringContaining("the first"),
      "[[say: other]]",
      "[[say: one, mended]]",
    ]);
    // what was sent is not changed any more, and whoever tries hears what became of it
    const late = await stage.halctl.run("prompts", "edit", one?.id ?? "", "too late");
    expect([late.code, late.stderr]).toEqual([1, expect.stringContaining("does not wait any more: sent as cmd_")]);
  });

  test("one that steers reaches the turn that runs, and what is switched to it does, too", async () => {
    const id = await start(`${pauses(100, "steered")} [[say: not reached]]`);
    await stage.sessionIn(id, "busy");
    const kept = (await give(id, "[[say: switched]]")).prompt;
    const steered = await give(id, "--steer", "[[say: steered]]");
    expect(steered).toMatchObject({ command: { state: "succeeded" }, prompt: { state: "sent", delivery: "steer" } });
    expect((await stage.session(id)).status).toBe("busy");
    expect((await stage.halctl.json<PromptView>("prompts", "switch", kept?.id ?? "", "steer")).state).toBe("sent");
    raise("steered");
    await stage.sessionIn(id, "idle");
    // one turn: the session was not idle between them
    const idles = (await stage.events({ session_id: id })).filter(({ type }: EventView) => type === "session.idle");
    expect(idles).toHaveLength(1);
    expect((await stage.messages(id)).at(-1)?.text).toBe("switched");
  });

  test("a session that waits for a person refuses one with what answers, unless it is given anyway", async () => {
    const id = await start('[[tool: bash {"command":"git push nowhere","description":"push"}]] [[say: pushed]]');
    const { id: asked } = await stage.asked(id);
    const refused = await stage.halctl.run("sessions", "prompt", id, "hello?");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`answer first: halctl interactions allow ${asked}`);
    expect((await give(id, "--anyway", "[[say: anyway]]")).prompt).toMatchObject({ state: "pending" });
    const held = await wait(id);
    expect([held.code, held.view.settled, held.view.interaction?.id]).toEqual([11, "permission", asked]);
    expect((await stage.halctl.run("interactions", "allow", asked)).code).toBe(0);
    await eventually(async () => expect((await stage.messages(id)).at(-1)?.text).toBe("anyway"));
  });

  test("a wait ends with 0, 1, 10 or 11, with the last answer, and with 6 where it took too long", async () => {
    const fine = await wait(await start("[[say: fine]]"));
    expect([fine.code, fine.view.settled, fine.view.answer?.text]).toEqual([0, "idle", "fine"]);
    const failed = await wait(await start("[[error: 401]]"));
    expect([failed.code, failed.view.status]).toEqual([1, "error"]);
    const questions = [{ question: "Which?", header: "Which", options: [{ label: "A", description: "a" }] }];
    const asking = await start(`[[tool: question ${JSON.stringify({ questions })}]] [[say: answered]]`);
    const asked = await wait(asking, "--for", "question");
    expect([asked.code, asked.view.interaction?.kind]).toEqual([10, "question"]);
    const late = await stage.halctl.run("sessions", "wait", asking, "--for", "idle", "--timeout", "500ms");
    expect([late.code, late.stderr]).toEqual([6, expect.stringContaining("goes on")]);
    const within = await stage.halctl.run(
      "start",
      "pia",
      "--wait",
      '[[tool: bash {"command":"git push x","description":"p"}]]',
    );
    expect(within.code).toBe(11);
  });

  test("an answer of a shape comes in it, or fails in one line", async () => {
    const file = path.join(stage.folder, "shape.json");
    const schema = { type: "object", properties: { count: { type: "integer" } }, required: ["count"] };
    writeFileSync(file, JSON.stringify(schema));
    const good = await stage.halctl.run(
      "start",
      "pia",
      "--schema",
      file,
      "-o",
      "json",
      '[[tool: StructuredOutput {"count":3}]]',
    );
    expect([good.code, good.stderr]).toEqual([0, ""]);
    const { messages } = JSON.parse(good.stdout) as { messages: MessageView[] };
    expect(messages.at(-1)?.structured).toEqual({ count: 3 });
    const bad = await stage.halctl.run("start", "pia", "--schema", file, "[[say: no JSON at all]]");
    expect(bad.code).toBe(1);
    expect(bad.stderr.trim().split("\n")).toHaveLength(1);
  });

  test("one for a node that is away waits, is seen, and goes out once it is back; one whose turn was stopped waits on", async () => {
    const id = await start("[[say: here]]");
    await stage.sessionIn(id, "idle");
    await pia.program.kill();
    await eventually(async () => expect((await stage.session(id)).status).toBe("unreachable"));
    const given = await give(id, "[[say: back again]]");
    expect(given.prompt).toMatchObject({
      state: "pending",
      reason: expect.stringContaining("waits: its node is"),
    });
    expect((await stage.halctl.json<WhyView>("why", id)).answer).toContain("one prompt waits");
    pia.start();
    await stage.nodeUp(pia);
    await eventually(async () => expect((await stage.messages(id)).at(-1)?.text).toBe("back again"));
    await give(id, "[[slow: 600]]");
    await stage.sessionIn(id, "busy");
    const behind = (await give(id, "[[say: behind]]")).prompt;
    expect((await stage.halctl.run("stop", id)).code).toBe(0);
    await stage.sessionIn(id, "idle");
    const [held] = await waiting(id);
    expect(held?.reason).toContain(`send it now: halctl prompts switch ${behind?.id} steer`);
    const stopped = await stage.halctl.run("stop", "--all", "--yes", "-o", "json");
    expect(stopped.stdout).toContain(behind?.id);
    expect(await waiting(id)).toEqual([]);
    expect(((await stage.session(id)) satisfies SessionView).status).toBe("idle");
  });
});
