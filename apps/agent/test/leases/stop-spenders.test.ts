import { HalError } from "@hal/protocol";
import { isCounting, readCounters } from "@hal/store/agent";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AgentStage, openAgentStage, PROJECT } from "../support/agent-stage.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";
import { answers, briefOf, leaseOf, stopsSpenders, toldSoon, works } from "../support/spenders.ts";

let double: OpencodeApiDouble;
let stage: AgentStage;
let care: AsyncDisposable;

beforeEach(async () => {
  double = new OpencodeApiDouble();
  await begin(await openAgentStage(double));
});
afterEach(async () => {
  await care[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

async function begin(next: AgentStage, critical: readonly string[] = []): Promise<void> {
  stage = next;
  stage.follow();
  care = stopsSpenders(stage, critical);
  // opencode was compared
  await expect.poll(() => isCounting(stage.store)).toBe(true);
}

async function again(critical: readonly string[] = []): Promise<void> {
  await care[Symbol.asyncDispose]();
  await begin(await stage.again(), critical);
}

const aborts = (): string[] => double.asked.filter((one) => one.startsWith("abort"));
const statusOf = (id: string): string | undefined => stage.context.book.get(id)?.status;

describe("a session that comes to a ceiling", () => {
  it("is stopped, told as stopped once, with the figures, and as aborted like any other", async () => {
    await stage.context.leases.say(briefOf(stage, [leaseOf(500_000)]));
    works(double, "ses_1");
    answers(double, "ses_1", "msg_9", { dollars: 0.4, finish: "tool-calls" });
    await toldSoon(stage, "session.message", 2);
    expect(aborts()).toEqual([]);
    answers(double, "ses_1", "msg_91", { dollars: 0.2, finish: "tool-calls" });
    const [idle] = await toldSoon(stage, "session.idle");
    expect(idle).toMatchObject({ session: "ses_1", data: { aborted: true, turn: "aborted" } });
    const stopped = await toldSoon(stage, "budget.stopped");
    expect(stopped).toMatchObject([
      {
        session: "ses_1",
        data: {
          budgetId: "b1",
          budget: "the fleet: $1.00 a day",
          reason:
            "all is spent that this node may spend for the fleet: $1.00 a day (it has counted $0.60 and may count up to $0.50), so its turn was stopped",
        },
      },
    ]);
    expect(stopped[0]?.seq).toBeLessThan(idle?.seq ?? 0);
    expect(aborts()).toEqual(["abort ses_1"]);
  });

  it("is stopped as soon as opencode says what its step cost, before the next one begins", async () => {
    await stage.context.leases.say(briefOf(stage, [leaseOf(500_000)]));
    works(double, "ses_1");
    answers(double, "ses_1", "msg_9", { dollars: 0.5, finish: "tool-calls", isFinal: false });
    await toldSoon(stage, "budget.stopped");
    await expect.poll(() => statusOf("ses_1")).toBe("idle");
    // nothing of it is told to be spent before its message is
    expect(readCounters(stage.store, []).node).toBe(0);
    answers(double, "ses_1", "msg_9", { dollars: 0.5, finish: "tool-calls" });
    await expect.poll(() => readCounters(stage.store, []).node).toBe(500_000_000);
    expect((await toldSoon(stage, "session.idle")).at(-1)).toMatchObject({ data: { turn: "aborted" } });
  });

  it("is left to end by itself with its last step, and stopped where it goes on behind that", async () => {
    await stage.context.leases.say(briefOf(stage, [leaseOf(500_000)]));
    works(double, "ses_1");
    answers(double, "ses_1", "msg_9", { dollars: 0.5, finish: "stop", isFinal: false });
    await expect.poll(() => stage.context.spending.now([]).node).toBe(500_000_000);
    answers(double, "ses_1", "msg_9", { dollars: 0.5, finish: "stop" });
    await toldSoon(stage, "session.message", 2);
    double.status("ses_1", { type: "idle" });
    expect(await toldSoon(stage, "session.idle")).toMatchObject([{ data: { turn: "finished" } }]);
    expect(aborts()).toEqual([]);
    // somebody prompts it in opencode itself
    double.user("ses_1", "msg_92");
    double.status("ses_1", { type: "busy" });
    await toldSoon(stage, "budget.stopped");
    await expect.poll(() => statusOf("ses_1")).toBe("idle");
    expect(aborts()).toEqual(["abort ses_1"]);
    // again, and told once
    double.user("ses_1", "msg_93");
    double.status("ses_1", { type: "busy" });
    await expect.poll(aborts).toEqual(["abort ses_1", "abort ses_1"]);
    expect(await toldSoon(stage, "budget.stopped")).toHaveLength(1);
  });

  it("is stopped with all below it, which counts for it, and so are others that the ceiling is for", async () => {
    await stage.context.leases.say(briefOf(stage, [leaseOf(500_000)]));
    works(double, "ses_1");
    works(double, "ses_2", { parentID: "ses_1" });
    works(double, "ses_3");
    await expect.poll(() => statusOf("ses_3")).toBe("busy");
    answers(double, "ses_2", "msg_9", { dollars: 0.5, finish: "tool-calls" });
    await expect
      .poll(() => [statusOf("ses_1"), statusOf("ses_2"), statusOf("ses_3")])
      .toEqual(["idle", "idle", "idle"]);
    expect(new Set(aborts())).toEqual(new Set(["abort ses_1", "abort ses_2", "abort ses_3"]));
    expect(
      (await toldSoon(stage, "budget.stopped", 2))
        .map(({ session }) => session ?? "")
        .toSorted((a, b) => a.localeCompare(b)),
    ).toEqual(["ses_1", "ses_3"]);
  });

  it("is the only one where the ceiling is for each session", async () => {
    await stage.context.leases.say(briefOf(stage, [leaseOf(500_000, { scope: { kind: "each_session" } })]));
    works(double, "ses_1");
    works(double, "ses_2");
    answers(double, "ses_2", "msg_8", { dollars: 0.4, finish: "tool-calls" });
    answers(double, "ses_1", "msg_9", { dollars: 0.5, finish: "tool-calls" });
    await expect.poll(() => statusOf("ses_1")).toBe("idle");
    expect(aborts()).toEqual(["abort ses_1"]);
    expect(statusOf("ses_2")).toBe("busy");
  });

  it("has what it asked a person rejected", async () => {
    works(double, "ses_1");
    const asked = { id: "per_1", sessionID: "ses_1", permission: "bash", patterns: ["x"], always: [], metadata: {} };
    double.openPermissions.push(asked);
    double.tell("permission.asked", asked);
    await toldSoon(stage, "interaction.asked");
    await stage.context.leases.say(briefOf(stage, [leaseOf(0)]));
    expect(await toldSoon(stage, "interaction.expired")).toMatchObject([
      { data: { interactionId: "per_1", reason: expect.stringContaining("so its turn was stopped") } },
    ]);
    await expect.poll(() => double.openPermissions).toEqual([]);
  });

  it("is aborted until opencode says that it rests", async () => {
    const abort = double.abort.bind(double);
    let tries = 0;
    double.abort = async (id) => {
      tries += 1;
      if (tries === 1) throw new HalError("opencode_error", "opencode answered 500 to abort");
      // it says yes, and goes on
      if (tries > 2) await abort(id);
    };
    await stage.context.leases.say(briefOf(stage, [leaseOf(0)]));
    works(double, "ses_1");
    await expect.poll(() => statusOf("ses_1")).toBe("idle");
    expect(tries).toBe(3);
    expect(await toldSoon(stage, "budget.stopped")).toHaveLength(1);
  });

  it("is stopped by the next life of an agent that ended before it did, and told once", async () => {
    const abort = double.abort.bind(double);
    double.abort = () => new Promise(() => undefined);
    await stage.context.leases.say(briefOf(stage, [leaseOf(500_000)]));
    works(double, "ses_1");
    answers(double, "ses_1", "msg_9", { dollars: 0.5, finish: "tool-calls" });
    await toldSoon(stage, "budget.stopped");
    double.abort = abort;
    // the one that hangs is of a life that is over
    care = { [Symbol.asyncDispose]: async () => undefined };
    await again();
    await expect.poll(() => statusOf("ses_1")).toBe("idle");
    expect(aborts()).toEqual(["abort ses_1"]);
    expect(await toldSoon(stage, "budget.stopped")).toHaveLength(1);
  });

  it("is stopped by the next life where the one before it had only counted", async () => {
    await care[Symbol.asyncDispose]();
    await stage.context.leases.say(briefOf(stage, [leaseOf(500_000)]));
    works(double, "ses_1");
    answers(double, "ses_1", "msg_9", { dollars: 0.5, finish: "tool-calls", isFinal: false });
    await expect.poll(() => stage.context.spending.now([]).node).toBe(500_000_000);
    await again();
    await toldSoon(stage, "budget.stopped");
    await expect.poll(() => statusOf("ses_1")).toBe("idle");
  });

  it("is stopped also where nothing can be written to the disk", async () => {
    await stage.context.leases.say(briefOf(stage, [leaseOf(500_000)]));
    works(double, "ses_1");
    await expect.poll(() => statusOf("ses_1")).toBe("busy");
    stage.store.sqlite.driver.pragma("query_only = on");
    answers(double, "ses_1", "msg_9", { dollars: 0.5, finish: "tool-calls" });
    await expect.poll(aborts).toContain("abort ses_1");
    stage.store.sqlite.driver.pragma("query_only = off");
    await expect.poll(() => statusOf("ses_1"), { timeout: 10_000 }).toBe("idle");
  });

  it("goes on where its project is critical, and that is told once", async () => {
    await again(["p1"]);
    await stage.context.leases.say(briefOf(stage, [leaseOf(500_000)]));
    works(double, "ses_1");
    answers(double, "ses_1", "msg_9", { dollars: 0.5, finish: "tool-calls" });
    expect(await toldSoon(stage, "budget.stopped")).toMatchObject([
      { session: "ses_1", data: { critical: true, reason: expect.stringContaining("and its turn goes on") } },
    ]);
    answers(double, "ses_1", "msg_91", { dollars: 0.5, finish: "tool-calls" });
    await toldSoon(stage, "session.message", 3);
    expect(aborts()).toEqual([]);
    expect(await toldSoon(stage, "budget.stopped")).toHaveLength(1);
    expect(() => stage.context.prompts.begin("cmd_1", { project: "p1", sessionId: "ses_1" }).post()).toThrow(
      "all is spent",
    );
  });
});

it("what runs goes on to its ceiling when what was said is too old", async () => {
  await stage.context.leases.say(briefOf(stage, [leaseOf(500_000)], { validMs: 0 }));
  works(double, "ses_1");
  answers(double, "ses_1", "msg_9", { dollars: 0.4, finish: "tool-calls" });
  await toldSoon(stage, "session.message", 2);
  expect(aborts()).toEqual([]);
  answers(double, "ses_1", "msg_91", { dollars: 0.1, finish: "tool-calls" });
  await toldSoon(stage, "budget.stopped");
});

it("stops nothing under a supervisor that could raise nothing, and nothing elsewhere", async () => {
  await stage.context.leases.say(briefOf(stage, [leaseOf(0)]));
  stage.context.leases.welcomed(false);
  works(double, "ses_1");
  double.session("ses_8", "/elsewhere");
  await expect.poll(() => statusOf("ses_1")).toBe("busy");
  answers(double, "ses_1", "msg_9", { dollars: 0.5, finish: "tool-calls" });
  await toldSoon(stage, "session.message", 2);
  expect(aborts()).toEqual([]);
  stage.context.leases.welcomed(true);
  await toldSoon(stage, "budget.stopped");
  expect(new Set(aborts())).toEqual(new Set(["abort ses_1"]));
  expect(PROJECT).not.toBe("/elsewhere");
});
