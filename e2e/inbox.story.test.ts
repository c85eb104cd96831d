import type { CommandReply, InboxView, ReviewView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

describe("what needs a person", () => {
  let stage: Stage;
  let ina: Agent;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    await stage.startSupervisor();
    ina = stage.agent("ina", { permission: { bash: { "*": "allow", "git *": "ask" } } });
    ina.start();
    await stage.nodeUp(ina);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const begin = async (prompt: string): Promise<string> =>
    (await stage.halctl.json<CommandReply>("sessions", "start", "ina", prompt)).session_id as string;
  const runs = (command: string): string => `[[tool: bash ${JSON.stringify({ command, description: "run" })}]]`;
  const inbox = (...args: readonly string[]): Promise<InboxView> => stage.halctl.json("inbox", ...args);
  const shown = async (...args: readonly string[]): Promise<string[]> =>
    (await inbox(...args)).items.map(({ tier, session_id: id }) => `${tier} ${id}`);

  test("is one list in tiers, each with its reason and with a command that does what it says", async () => {
    expect((await stage.halctl.run("inbox")).stdout).toMatch(/^nothing needs you: /);
    const done = await begin("[[say: done]]");
    const failed = await begin("[[error: 401]]");
    const asking = await begin(`${runs("git push nowhere")} [[say: pushed]]`);
    const works = await begin(runs("sleep 600"));
    await stage.sessionIn(works, "busy");
    await eventually(async () =>
      expect(await shown()).toEqual([`blocked ${asking}`, `failed ${failed}`, `finished ${done}`]),
    );
    const { items, counts } = await inbox();
    expect(counts).toEqual({ blocked: 1, failed: 1, stuck: 0, finished: 1 });
    expect(items.map(({ reason }) => reason)).toEqual([
      expect.stringContaining("git push nowhere"),
      expect.stringMatching(/^error for .*: /),
      expect.stringMatching(/^idle for .*: finished its turn$/),
    ]);
    const page = (await stage.halctl.run("inbox")).stdout;
    expect(page).toMatch(/^BLOCKED .* ina on .*\n.*\n +→ halctl interactions allow per_/);
    const [, ...words] = (items[0]?.next[0]?.command ?? "").split(" ");
    expect((await stage.halctl.run(...words)).code).toBe(0);
    await eventually(async () =>
      expect(await shown()).toEqual([`failed ${failed}`, `finished ${asking}`, `finished ${done}`]),
    );
    await stage.halctl.json("sessions", "abort", works);
    await stage.sessionIn(works, "idle");
    expect(await shown("--tier", "finished")).toEqual([`finished ${asking}`, `finished ${done}`]);
  });

  test("is put off or acknowledged for oneself, over a kill of the supervisor, until it moves; a question never for good", async () => {
    await stage.halctl.json("inbox", "look");
    const failed = await begin("[[error: 401]]");
    const asking = await begin(`${runs("git push nowhere")} [[say: pushed]]`);
    await eventually(async () => expect((await shown()).toSorted()).toContain(`failed ${failed}`));
    const question = await stage.asked(asking);
    const refused = await stage.halctl.run("inbox", "acknowledge", question.id);
    expect([refused.code === 0, refused.stderr]).toEqual([false, expect.stringContaining("waits for an answer")]);
    const snoozed = await stage.halctl.run("inbox", "snooze", question.id, "--for", "30m");
    expect(snoozed.stdout).toMatch(/snoozed: it is back when it moves, or in (29|30) min/);
    expect((await stage.halctl.run("inbox", "acknowledge", failed)).code).toBe(0);
    await stage.supervisor.kill();
    await stage.startSupervisor();
    await stage.nodeUp(ina);
    const own = async (): Promise<string[]> =>
      (await shown("--all")).filter((item) => item.includes(failed) || item.includes(asking));
    expect(await own()).toEqual([`blocked ${asking}`, `failed ${failed}`]);
    expect((await inbox()).hidden).toMatchObject({ snoozed: 1 });
    expect((await shown()).filter((item) => item.includes(failed) || item.includes(asking))).toEqual([]);
    expect((await stage.halctl.run("why", failed)).stdout).toMatch(/acknowledged it, and does not see it in the inbox/);
    await stage.halctl.json("sessions", "prompt", failed, "[[error: 401]]");
    await eventually(async () => expect(await shown()).toContain(`failed ${failed}`));
    await stage.halctl.json("inbox", "reopen", question.id);
    expect(await shown()).toContain(`blocked ${asking}`);
  });

  test("is reviewed since one looked last: what finished, files, cost, what failed and what waits", async () => {
    await stage.halctl.run("inbox", "review");
    const file = { filePath: `${ina.directoryOf("ina")}/made.txt`, content: "made" };
    const wrote = await begin(`[[tool: write ${JSON.stringify(file)}]] [[usage: in=1000 out=100]] [[say: written]]`);
    await eventually(async () => expect(await shown()).toContain(`finished ${wrote}`));
    const kept = await stage.halctl.json<ReviewView>("inbox", "review", "--keep");
    expect(kept.sessions.find(({ session_id: id }) => id === wrote)).toMatchObject({
      tier: "finished",
      files: ["made.txt"],
      cost: expect.any(Number),
    });
    expect(kept.cost.total).toBeGreaterThan(0);
    const { stdout } = await stage.halctl.run("inbox", "review");
    expect(stdout).toMatch(/FINISHED .*ina on ina.*\n.*\n +wrote one file: made\.txt/);
    expect((await inbox()).last_look).not.toBeNull();
  });

  test("says where nobody knows what goes on", async () => {
    await ina.stop();
    await eventually(async () => expect((await inbox()).unreachable.nodes).toEqual(["ina"]), 120_000);
    expect((await stage.halctl.run("inbox")).stdout).toMatch(/NOT KNOWN .*sessions on ina .*nobody can reach them/);
  });
});
