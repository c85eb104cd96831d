import type { EventData } from "@hal/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Task } from "../../src/capabilities/health/domain/pulse.ts";
import { HealthWatch } from "../../src/capabilities/health/health-watch.ts";
import type { SourceFact, SourceStatus } from "../../src/domain/source-fact.ts";
import { type AgentStage, openAgentStage, PROJECT } from "../support/agent-stage.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";
import { anAnswer, aSession, aText, aTool } from "../support/source-facts.ts";

const QUIET_MS = 60_000;
const WALL = 1_700_000_000_000;
const TOKENS = { input: 40_000, output: 1_000, reasoning: 0, cacheRead: 1_000, cacheWrite: 0 };

let stage: AgentStage;
let watch: HealthWatch;
let double: OpencodeApiDouble;
let nowMs: number;
let jumpMs: number;
/** what the task's file says, how often it was read, and the answer that is waited for */
let task: Task | undefined;
let reads: () => number;
let answer: Promise<Task | undefined> | undefined;

const clock = { now: () => WALL + nowMs + jumpMs, monotonic: () => nowMs };

beforeEach(async () => {
  nowMs = 0;
  [task, answer] = [undefined, undefined];
  let count = 0;
  reads = () => count;
  // what the stage before still reads counts there
  const readTask = async (): Promise<Task | undefined> => {
    count += 1;
    return answer ?? task;
  };
  double = new OpencodeApiDouble();
  jumpMs = 0;
  stage = await openAgentStage(double, (parts) => {
    watch = new HealthWatch({ ...parts, clock, readTask }, { quietMs: QUIET_MS, taskMs: 30_000 });
    return watch;
  });
});
afterEach(() => stage[Symbol.asyncDispose]());

/** A session that is told of, and works. */
async function working(id: string, parentId?: string): Promise<void> {
  stage.context.book.open(id).session(aSession(id, { directory: PROJECT, parentId }));
  await does(id, { type: "busy" });
}

async function does(id: string, status: SourceStatus): Promise<void> {
  watch.hear({ kind: "status", sessionId: id, status });
  stage.context.book.open(id).doing(status, clock.now());
  await stage.context.book.write();
}

async function lookAfter(ms: number): Promise<void> {
  nowMs += ms;
  await watch.look();
}

/** How a session was told to get on, each time. */
async function told(id: string): Promise<EventData<"session.health">[]> {
  const events = await stage.told();
  return events.filter(({ type, session }) => type === "session.health" && session === id).map(({ data }) => data);
}

const last = async (id: string) => (await told(id)).at(-1);
const call = (sessionId: string, id: string, status: string, about = "npm test"): SourceFact => ({
  kind: "part",
  sessionId,
  part: { ...aTool(id, "msg_1", status, ""), about, input: { command: about } },
});
const delta = (sessionId: string): SourceFact => ({ kind: "delta", sessionId, messageId: "m", partId: "p", text: "x" });

describe("a session that is at work", () => {
  it("is quiet once nothing moved for long enough, with the tool that runs, and no more when it moves", async () => {
    await working("ses_a");
    watch.hear(call("ses_a", "prt_1", "running"));
    await lookAfter(QUIET_MS - 1);
    expect(await told("ses_a")).toEqual([{}]);
    await lookAfter(1);
    const quiet = { quietSince: WALL, last: { tool: "bash", about: "npm test", status: "running" } };
    expect(await last("ses_a")).toEqual(quiet);
    // the same silence is told once
    await lookAfter(10 * QUIET_MS);
    expect(await told("ses_a")).toHaveLength(2);
    watch.hear(call("ses_a", "prt_1", "running"));
    await lookAfter(0);
    expect(await last("ses_a")).toEqual({});
  });

  it("is taken to move by each word of it: text, output of a tool, rows, requests", async () => {
    await working("ses_a");
    const part = aText("prt_2", "msg_1", "some");
    const signs: SourceFact[] = [
      delta("ses_a"),
      { kind: "part", sessionId: "ses_a", part },
      { kind: "message", sessionId: "ses_a", message: anAnswer("msg_1") },
      { kind: "row", row: { sessionId: "ses_a", seq: 7, change: { kind: "other" } } },
      { kind: "todos", sessionId: "ses_a", todos: [] },
      { kind: "answered", sessionId: "ses_a", requestId: "per_1", reply: "once", answers: [] },
    ];
    for (const sign of signs) {
      await lookAfter(QUIET_MS - 1);
      watch.hear(sign);
    }
    expect(await told("ses_a")).toEqual([{}]);
  });

  // I22
  it("moves with what it started, and what it started does not move with it", async () => {
    await working("ses_a");
    await working("ses_b", "ses_a");
    await working("ses_c", "ses_b");
    for (let step = 0; step < 4; step += 1) {
      await lookAfter(QUIET_MS / 2);
      watch.hear(delta("ses_c"));
    }
    await watch.look();
    for (const id of ["ses_a", "ses_b", "ses_c"]) expect((await last(id))?.quietSince).toBeUndefined();
    await does("ses_c", { type: "idle" });
    for (let step = 0; step < 4; step += 1) {
      await lookAfter(QUIET_MS / 2);
      watch.hear(delta("ses_a"));
    }
    await watch.look();
    expect((await last("ses_a"))?.quietSince).toBeUndefined();
    expect((await last("ses_b"))?.quietSince).toBeDefined();
  });

  it("is not quiet while it, or what it started, waits for a person, and counts anew from the answer", async () => {
    await working("ses_a");
    await working("ses_b", "ses_a");
    const data = {
      interactionId: "per_1",
      kind: "permission",
      summary: "may I",
      patterns: [],
      always: [],
      questions: [],
    };
    stage.context.book.open("ses_b").asked({ ...data, askedAt: 1 } as EventData<"interaction.asked">, clock.now());
    await stage.context.book.write();
    await lookAfter(100 * QUIET_MS);
    for (const id of ["ses_a", "ses_b"]) expect((await last(id))?.quietSince).toBeUndefined();
    watch.hear({ kind: "answered", sessionId: "ses_b", requestId: "per_1", reply: "once", answers: [] });
    stage.context.book.open("ses_b").answered({ interactionId: "per_1", reply: "once", answers: [] }, clock.now());
    await stage.context.book.write();
    await lookAfter(QUIET_MS - 1);
    for (const id of ["ses_a", "ses_b"]) expect((await last(id))?.quietSince).toBeUndefined();
    await lookAfter(1);
    expect((await last("ses_a"))?.quietSince).toBe(clock.now() - QUIET_MS);
  });

  it("is not quiet before the time at which its provider may be asked again", async () => {
    await working("ses_a");
    await does("ses_a", { type: "retry", attempt: 1, message: "later", next: clock.now() + 3_600_000 });
    await lookAfter(3_600_000 + QUIET_MS - 1);
    expect((await last("ses_a"))?.quietSince).toBeUndefined();
    await lookAfter(1);
    expect((await last("ses_a"))?.quietSince).toBe(WALL + 3_600_000);
  });

  it("is not quiet any more when it rests", async () => {
    await working("ses_a");
    await lookAfter(QUIET_MS);
    expect((await last("ses_a"))?.quietSince).toBe(WALL);
    await does("ses_a", { type: "idle" });
    await watch.look();
    expect(await last("ses_a")).toEqual({});
  });
});

describe("what an agent does not know", () => {
  it("is not claimed: after a start it counts from there", async () => {
    await working("ses_a");
    await lookAfter(QUIET_MS);
    expect((await last("ses_a"))?.quietSince).toBe(WALL);
    nowMs += 10 * QUIET_MS;
    stage = await stage.again();
    await watch.look();
    expect(await last("ses_a")).toEqual({});
    await lookAfter(QUIET_MS);
    expect((await last("ses_a"))?.quietSince).toBe(clock.now() - QUIET_MS);
  });

  it("is not claimed: after a stream that was not heard it counts from there", async () => {
    await working("ses_a");
    for (let count = 0; count < 6; count += 1) watch.hear(call("ses_a", `prt_${count}`, "completed"));
    await lookAfter(1_000);
    expect((await last("ses_a"))?.loop).toMatchObject({ kind: "same_call", count: 6 });
    watch.missed();
    nowMs += 10 * QUIET_MS;
    watch.hear({ kind: "opened" });
    await watch.look();
    expect(await last("ses_a")).toEqual({});
  });

  it("a clock that jumps makes nobody quiet", async () => {
    await working("ses_a");
    jumpMs = 24 * 3_600_000;
    await lookAfter(QUIET_MS - 1);
    expect((await last("ses_a"))?.quietSince).toBeUndefined();
    await lookAfter(1);
    // by the clock at which it is told it is no older than it was
    expect((await last("ses_a"))?.quietSince).toBe(clock.now() - QUIET_MS);
  });
});

describe("the context of a session", () => {
  const answers = async (id: string, createdAt: number, more: object = {}): Promise<void> => {
    stage.context.book.add({
      type: "session.message",
      at: createdAt,
      project: "p1",
      session: id,
      data: {
        messageId: `msg_${createdAt}`,
        role: "assistant",
        state: "complete",
        model: "scripted/model",
        text: "",
        cut: false,
        tools: [],
        costMicroUsd: 0,
        tokens: TOKENS,
        createdAt,
        copied: false,
        ...more,
      },
    });
    await stage.context.book.write();
  };

  it("is what the newest answer took, of what its model takes, where opencode says that", async () => {
    await working("ses_a");
    await answers("ses_a", 10);
    await watch.look();
    await expect.poll(async () => (await last("ses_a"))?.context).toEqual({ tokens: 42_000 });
    double.contextLimits.set("scripted/other", 100_000);
    await answers("ses_a", 20, { model: "scripted/other" });
    await watch.look();
    await expect.poll(async () => (await last("ses_a"))?.context).toEqual({ tokens: 42_000, limit: 100_000 });
    // what was written before it, and what took nothing, says nothing
    await answers("ses_a", 15, { tokens: { ...TOKENS, input: 1 } });
    await answers("ses_a", 30, { tokens: { ...TOKENS, input: 0, output: 0, cacheRead: 0 } });
    await watch.look();
    expect((await last("ses_a"))?.context).toEqual({ tokens: 42_000, limit: 100_000 });
  });

  it("is asked of opencode once for each of its lives, and stays known to the next life of the agent", async () => {
    let asked = 0;
    double.before.set("contextLimit", () => void (asked += 1));
    double.contextLimits.set("scripted/model", 100_000);
    await working("ses_a");
    await answers("ses_a", 10);
    await watch.look();
    await expect.poll(async () => (await last("ses_a"))?.context?.limit).toBe(100_000);
    await answers("ses_a", 20, { tokens: { ...TOKENS, input: 1 } });
    for (let looks = 0; looks < 3; looks += 1) await watch.look();
    expect(asked).toBe(1);
    // another opencode is asked once more when the session works, and not before
    await does("ses_a", { type: "idle" });
    double.run = "run-2";
    await watch.look();
    expect(asked).toBe(1);
    await does("ses_a", { type: "busy" });
    await watch.look();
    await watch.look();
    expect(asked).toBe(2);
    const before = await told("ses_a");
    stage = await stage.again();
    await watch.look();
    expect(await told("ses_a")).toEqual(before);
  });

  it("is not known after a compaction, until the next answer", async () => {
    await working("ses_a");
    await answers("ses_a", 10);
    stage.context.book.add({ type: "session.compacted", at: 20, project: "p1", session: "ses_a", data: {} });
    await answers("ses_a", 15);
    await watch.look();
    expect((await last("ses_a"))?.context).toBeUndefined();
    await answers("ses_a", 30);
    await watch.look();
    expect((await last("ses_a"))?.context?.tokens).toBe(42_000);
  });
});

describe("the task of a session", () => {
  it("is read at a bounded pace while it works, and when it rests", async () => {
    await working("ses_a");
    await watch.look();
    task = { text: "one", writtenAt: 7 };
    await lookAfter(1_000);
    await lookAfter(28_000);
    expect(reads()).toBe(1);
    expect((await last("ses_a"))?.task).toBeUndefined();
    await lookAfter(1_000);
    await watch.look();
    expect(await last("ses_a")).toEqual({ task: "one", taskAt: 7 });
    task = { text: "two", writtenAt: undefined };
    await does("ses_a", { type: "idle" });
    await expect.poll(() => last("ses_a")).toEqual({ task: "two" });
    expect(reads()).toBe(3);
    await does("ses_a", { type: "busy" });
    task = undefined;
    await does("ses_a", { type: "idle" });
    await expect.poll(() => last("ses_a")).toEqual({});
  });

  it("that was written while its file was read is not missed where the session rests then", async () => {
    const first = Promise.withResolvers<Task | undefined>();
    answer = first.promise;
    await working("ses_a");
    await watch.look();
    answer = undefined;
    task = { text: "the last", writtenAt: undefined };
    await does("ses_a", { type: "idle" });
    first.resolve({ text: "the first", writtenAt: undefined });
    await expect.poll(() => last("ses_a")).toEqual({ task: "the last" });
  });

  it("is none of what a session started", async () => {
    task = { text: "one", writtenAt: undefined };
    await working("ses_a");
    await working("ses_b", "ses_a");
    await watch.look();
    await does("ses_b", { type: "idle" });
    await lookAfter(40_000);
    await expect.poll(async () => (await last("ses_a"))?.task).toBe("one");
    expect((await last("ses_b"))?.task).toBeUndefined();
  });
});

// I22
it("whatever comes in whatever order, a session that moves is never told to be quiet, nor one that rests", async () => {
  const signal = fc.oneof(
    fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1_000, QUIET_MS / 2, QUIET_MS, 5 * QUIET_MS) }),
    fc.record({ kind: fc.constant("move" as const), id: fc.constantFrom("ses_a", "ses_b") }),
    fc.record({
      kind: fc.constant("does" as const),
      id: fc.constantFrom("ses_a", "ses_b"),
      type: fc.constantFrom("busy" as const, "idle" as const),
    }),
    fc.record({ kind: fc.constant("call" as const), id: fc.constantFrom("ses_a", "ses_b"), part: fc.nat({ max: 9 }) }),
    fc.constant({ kind: "missed" as const }),
  );
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(signal, { minLength: 1, maxLength: 20 }), async (signals) => {
      run += 1;
      const named = (id: string): string => `${id}${run}`;
      await working(named("ses_a"));
      await working(named("ses_b"), named("ses_a"));
      const status = new Map([named("ses_a"), named("ses_b")].map((id) => [id, "busy"]));
      const movedAt = new Map([named("ses_a"), named("ses_b")].map((id) => [id, nowMs]));
      const moves = (id: string): void => {
        movedAt.set(id, nowMs);
        if (id === named("ses_b")) movedAt.set(named("ses_a"), nowMs);
      };
      for (const one of signals) {
        if (one.kind === "wait") nowMs += one.ms;
        else if (one.kind === "missed") {
          watch.missed();
          watch.hear({ kind: "opened" });
          for (const id of movedAt.keys()) movedAt.set(id, nowMs);
        } else {
          const id = named(one.id);
          moves(id);
          if (one.kind === "move") watch.hear(delta(id));
          if (one.kind === "call") watch.hear(call(id, `prt_${one.part}`, "running"));
          if (one.kind === "does") {
            await does(id, { type: one.type });
            status.set(id, one.type);
          }
        }
        await watch.look();
        for (const [id, moved] of movedAt) {
          const health = JSON.parse(stage.context.book.get(id)?.toldHealth ?? "{}") as EventData<"session.health">;
          const isQuiet = status.get(id) === "busy" && nowMs - moved >= QUIET_MS;
          expect(health.quietSince).toBe(isQuiet ? WALL + moved : undefined);
        }
      }
    }),
    {
      numRuns: 40,
      examples: [
        // what moved last is a child that rests for so long that it is forgotten
        [
          [
            { kind: "wait", ms: 1_000 },
            { kind: "does", id: "ses_b", type: "idle" },
            { kind: "wait", ms: 5 * QUIET_MS },
            { kind: "wait", ms: 1_000 },
          ],
        ],
      ],
    },
  );
});
