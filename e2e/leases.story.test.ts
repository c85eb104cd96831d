import { readFileSync, writeFileSync } from "node:fs";
import type { Lease } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { HandSupervisor } from "./harness/hand-supervisor.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

/** What each step of a turn costs: ten thousand tokens at three dollars a million. */
const STEP_MICRO_USD = 30_000;
/** The first turn in a directory boots its part of opencode. */
const TURN_MS = 60_000;

/** A turn of so many steps that take no time. */
function steps(count: number): string {
  const step = `[[tool: todowrite {"todos":[]}]]`;
  return `[[usage: in=10000 out=0]] ${Array.from({ length: count }, () => step).join(" ")} [[say: done]]`;
}

const lease = (ceilingMicroUsd: number, more: Partial<Lease> = {}): Lease => ({
  budgetId: "fleet.day",
  budget: "the fleet: $1.00 a day",
  scope: { kind: "node" },
  action: "stop",
  ceilingMicroUsd,
  ...more,
});

describe("a node with a ceiling", () => {
  let stage: Stage;
  let supervisor: HandSupervisor;
  let ann: Agent;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    supervisor = await HandSupervisor.open();
    ann = stage.agent("ann", { projects: ["ann", "vital"], supervisorUrl: supervisor.url });
    ann.start();
    await supervisor.said();
    const first = await supervisor.outcome(
      supervisor.command("session.start", { project: "ann", prompt: "[[say: up]]" }),
    );
    await rests(first.output?.["sessionId"] as string);
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await supervisor[Symbol.asyncDispose]();
  });

  const statuses = async (): Promise<string[]> => Object.keys(await ann.opencode().statuses(ann.directoryOf("ann")));
  const rests = (session: string): Promise<void> =>
    eventually(async () => expect(await statuses()).not.toContain(session), TURN_MS);

  /** In micro-dollars, by opencode's own word. */
  const costOf = async (session: string): Promise<number> =>
    Math.round((await ann.opencode().session(session)).cost * 1_000_000);

  /** Answers that cost something, and all that were begun. */
  async function answersOf(session: string): Promise<{ paid: number; begun: number }> {
    const all = (await ann.opencode().messages(session)).filter(({ info }) => info.role === "assistant");
    return { paid: all.filter(({ info }) => (info.cost ?? 0) > 0).length, begun: all.length };
  }

  const counted = async (): Promise<number> => (await supervisor.said()).nodeMicroUsd;

  async function begin(count: number, project = "ann"): Promise<string> {
    const { output, error } = await supervisor.outcome(
      supervisor.command("session.start", { project, prompt: steps(count) }),
    );
    expect(error).toBeUndefined();
    return output?.["sessionId"] as string;
  }

  async function refused(command: string, args: object): Promise<string | undefined> {
    const { error } = await supervisor.outcome(supervisor.command(command, args));
    expect(error?.code).toBe("over_budget");
    return error?.message;
  }

  test("stops what runs when it is reached, while its supervisor is away, one step late at most", async () => {
    await supervisor.lease([lease((await counted()) + 5 * STEP_MICRO_USD)]);
    const before = await counted();
    const session = await begin(40);
    await supervisor.leave();
    await eventually(async () => expect((await answersOf(session)).paid).toBeGreaterThan(0), TURN_MS);
    await rests(session);
    const { paid, begun } = await answersOf(session);
    expect(paid).toBeGreaterThanOrEqual(5);
    expect(begun).toBeLessThanOrEqual(6);

    await supervisor.comeBack();
    await eventually(() => expect(supervisor.told("session.idle", session)).toHaveLength(1), TURN_MS);
    expect(supervisor.told("session.idle", session)).toMatchObject([{ data: { aborted: true, turn: "aborted" } }]);
    expect(supervisor.told("budget.stopped", session)).toMatchObject([{ data: { budgetId: "fleet.day" } }]);
    // what it counted is what opencode says, and what its messages say
    await eventually(async () => expect(await counted()).toBe(before + (await costOf(session))));
    const messages = supervisor.told("session.message", session);
    const told = messages.reduce((sum, { data }) => sum + ((data["costNanoUsd"] as number | undefined) ?? 0), 0);
    expect(told).toBe((await costOf(session)) * 1_000);

    expect(await refused("session.prompt", { sessionId: session, text: "[[say: no]]" })).toMatch(
      /^all is spent that this node may spend for the fleet: \$1\.00 a day \(it has counted \$\d/,
    );
    expect(await refused("session.start", { project: "ann", prompt: "[[say: no]]" })).toContain("fleet.day");
    await supervisor.lease([lease((await counted()) + 5 * STEP_MICRO_USD)]);
    const { error } = await supervisor.outcome(
      supervisor.command("session.prompt", { sessionId: session, text: "[[say: yes]]" }),
    );
    expect(error).toBeUndefined();
    await rests(session);
  });

  test("stops what somebody runs in opencode itself, and all that is at work, with one step more each at most", async () => {
    const ceiling = (await counted()) + 8 * STEP_MICRO_USD;
    await supervisor.lease([lease(ceiling)]);
    const opencode = ann.opencode();
    const query = `?directory=${encodeURIComponent(ann.directoryOf("ann"))}`;
    const before = new Set((await opencode.sessions(ann.directoryOf("ann"))).map(({ id }) => id));
    for (let count = 0; count < 4; count += 1) await opencode.post(`/session${query}`, { title: `direct ${count}` });
    const direct = (await opencode.sessions(ann.directoryOf("ann"))).flatMap(({ id }) => (before.has(id) ? [] : [id]));
    expect(direct).toHaveLength(4);
    const text = steps(40);
    await Promise.all(
      direct.map((id) => opencode.post(`/session/${id}/prompt_async`, { parts: [{ type: "text", text }] })),
    );
    await eventually(() => expect(supervisor.told("budget.stopped").length).toBeGreaterThanOrEqual(4), TURN_MS);
    for (const session of direct) await rests(session);
    const costs = await Promise.all(direct.map(costOf));
    const over = costs.reduce((sum, cost) => sum + cost, 0) - 8 * STEP_MICRO_USD;
    expect(over).toBeLessThanOrEqual(direct.length * STEP_MICRO_USD);
    for (const session of direct)
      await eventually(() =>
        expect(supervisor.told("session.idle", session).at(-1)).toMatchObject({ data: { turn: "aborted" } }),
      );
  });

  test("stops a session for what its sub-agent spends, and both of them", async () => {
    const before = await counted();
    await supervisor.lease([lease(4 * STEP_MICRO_USD, { budgetId: "session.total", scope: { kind: "each_session" } })]);
    const task = JSON.stringify({ description: "a part", prompt: steps(40), subagent_type: "general" });
    const { output } = await supervisor.outcome(
      supervisor.command("session.start", {
        project: "ann",
        prompt: `[[usage: in=10000 out=0]] [[tool: task ${task}]] [[say: done]]`,
      }),
    );
    const session = output?.["sessionId"] as string;
    await eventually(() => expect(supervisor.told("budget.stopped", session)).toHaveLength(1), TURN_MS);
    const [child] = await ann.opencode().children(session);
    for (const id of [session, child?.id ?? ""]) {
      await rests(id);
      await eventually(() =>
        expect(supervisor.told("session.idle", id).at(-1)).toMatchObject({ data: { turn: "aborted" } }),
      );
    }
    expect((await answersOf(child?.id ?? "")).begun).toBeLessThanOrEqual(5);
    const cost = (await costOf(session)) + (await costOf(child?.id ?? ""));
    await eventually(async () => expect(await counted()).toBe(before + cost));
    expect(cost).toBeLessThanOrEqual(6 * STEP_MICRO_USD);
    // another one may spend as much
    await begin(1);
    expect(await refused("session.prompt", { sessionId: session, text: "[[say: no]]" })).toContain("session.total");
  });

  test("stops at once what went on while its agent was dead", async () => {
    await supervisor.lease([lease((await counted()) + 3 * STEP_MICRO_USD)]);
    const session = await begin(400);
    await ann.program.kill();
    await eventually(async () => expect((await answersOf(session)).paid).toBeGreaterThanOrEqual(4), TURN_MS);
    ann.start();
    await eventually(() => expect(supervisor.told("budget.stopped", session)).toHaveLength(1), TURN_MS);
    await rests(session);
    await eventually(() =>
      expect(supervisor.told("session.idle", session)).toMatchObject([{ data: { turn: "aborted" } }]),
    );
    expect((await answersOf(session)).begun).toBeLessThan(400);
    expect(await refused("session.prompt", { sessionId: session, text: "[[say: no]]" })).toContain("all is spent");
  });

  test("begins nothing once nobody says any more what may be spent, and what runs goes on to its ceiling", async () => {
    const ceiling = (await counted()) + 12 * STEP_MICRO_USD;
    await supervisor.lease([lease(ceiling)]);
    const session = await begin(200);
    await supervisor.lease([lease(ceiling)], { validMs: 1 });
    expect(await refused("session.start", { project: "ann", prompt: "[[say: no]]" })).toContain(
      "until it hears its supervisor again",
    );
    await eventually(() => expect(supervisor.told("budget.stopped", session)).toHaveLength(1), TURN_MS);
    await rests(session);
    const { paid, begun } = await answersOf(session);
    expect(paid).toBeGreaterThanOrEqual(12);
    expect(begun).toBeLessThanOrEqual(13);
    await supervisor.lease([lease(ceiling + 5 * STEP_MICRO_USD)]);
    await begin(0);
  });

  test("goes on in a critical project, and says so", async () => {
    await supervisor.leave();
    await ann.stop();
    const config = JSON.parse(readFileSync(ann.config, "utf8")) as { projects: { name: string; critical?: boolean }[] };
    for (const project of config.projects) if (project.name === "vital") project.critical = true;
    writeFileSync(ann.config, JSON.stringify(config));
    await supervisor.comeBack();
    ann.start();
    const { length } = supervisor.spent;
    await eventually(() => expect(supervisor.spent.length).toBeGreaterThan(length), TURN_MS);
    await supervisor.lease([lease((await counted()) + 2 * STEP_MICRO_USD)]);
    const session = await begin(5, "vital");
    await eventually(
      () => expect(supervisor.told("session.idle", session)).toMatchObject([{ data: { turn: "finished" } }]),
      TURN_MS,
    );
    expect(supervisor.told("budget.stopped", session)).toMatchObject([{ data: { critical: true } }]);
    expect((await answersOf(session)).paid).toBe(6);
    expect(await refused("session.start", { project: "vital", prompt: "[[say: no]]" })).toContain("all is spent");
  });
});
