import type { EventEnvelope, ModelPrice } from "@hal/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  ledgerSums,
  type LedgerSum,
  prune,
  pruneStep,
  setPrices,
  spentByQuarters,
  spentByTrees,
} from "../../../src/supervisor/index.ts";
import { LogStage, NODE, OTHER_NODE } from "../../support/log-stage.ts";

type Event = Omit<EventEnvelope, "seq" | "at">;
const EVER = { from: 0, fromDay: 0 };
const QUARTER = 900_000;
const NO_TOKENS = { input: 0, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 };

let stage: LogStage;
beforeEach(async () => {
  stage = await LogStage.open();
});
afterEach(() => stage[Symbol.asyncDispose]());

interface Answer {
  readonly session: string;
  readonly id: string;
  readonly prompt: string | undefined;
  readonly model: string;
  readonly nanoUsd: number;
  readonly input: number;
  readonly quarter: number;
}

function answer({ session, id, prompt, model, nanoUsd, input, quarter }: Answer, more: object = {}): Event {
  return {
    type: "session.message",
    project: "p",
    session,
    data: {
      messageId: id,
      ...(prompt === undefined ? {} : { parentId: prompt }),
      role: "assistant",
      state: "complete",
      text: "x",
      model,
      costMicroUsd: Math.round(nanoUsd / 1_000),
      costNanoUsd: nanoUsd,
      tokens: { ...NO_TOKENS, input },
      createdAt: quarter * QUARTER + 7,
      ...more,
    },
  };
}

function asked(session: string, id: string, text = "do it"): Event {
  const data = { messageId: id, role: "user", state: "complete", text, createdAt: 1 };
  return { type: "session.message", project: "p", session, data };
}

function brought(commandId: string, sessionId: string, messageId?: string): Event {
  return {
    type: "command.succeeded",
    data: { commandId, output: { sessionId, ...(messageId === undefined ? {} : { messageId }) } },
  };
}

function begun(session: string, parentId?: string): Event {
  const data = { title: session, createdAt: 1, updatedAt: 1, ...(parentId === undefined ? {} : { parentId }) };
  return { type: "session.started", project: "p", session, data };
}

async function by(...dimensions: Parameters<typeof ledgerSums>[2]): Promise<Record<string, number>> {
  const sums = await ledgerSums(stage.store, EVER, dimensions);
  return Object.fromEntries(sums.map(({ values, costNanoUsd }) => [values.join(" "), costNanoUsd]));
}

const ONE: Answer = {
  session: "ses_1",
  id: "msg_2",
  prompt: "msg_1",
  model: "a/one",
  nanoUsd: 500,
  input: 1,
  quarter: 9,
};

// I9
describe("whose an answer is", () => {
  beforeEach(async () => {
    for (const [id, actor] of [
      ["cmd_ann", "ann"],
      ["cmd_bob", "bob"],
    ] as const)
      await stage.queue({ id, actor, type: "session.prompt", sessionId: null });
  });

  it("is of whoever's command brought its prompt, whether that is told before or behind it", async () => {
    await stage.tell(1, begun("ses_1"), asked("ses_1", "msg_1"), answer(ONE));
    expect(await by("actor")).toEqual({ "": 500 });
    await stage.tell(2, brought("cmd_ann", "ses_1", "msg_1"));
    expect(await by("actor")).toEqual({ ann: 500 });
    await stage.tell(3, answer({ ...ONE, id: "msg_3" }));
    expect(await by("actor")).toEqual({ ann: 1_000 });
  });

  it("is of nobody known where the prompt was given in opencode itself, and of the owner where opencode went on by itself", async () => {
    await stage.tell(1, begun("ses_1"), asked("ses_1", "msg_1"), brought("cmd_ann", "ses_1", "msg_1"));
    // what opencode puts in for the model has no text
    await stage.tell(2, asked("ses_1", "msg_4", ""), answer({ ...ONE, id: "msg_5", prompt: "msg_4" }));
    expect(await by("actor")).toEqual({ ann: 500 });
    await stage.tell(3, asked("ses_1", "msg_6"), answer({ ...ONE, id: "msg_7", prompt: "msg_6", nanoUsd: 30 }));
    expect(await by("actor")).toEqual({ "": 30, ann: 500 });
  });

  it("is, of a session below another one, of the root's owner by then, and counts under the root", async () => {
    await stage.tell(1, begun("ses_1"), asked("ses_1", "msg_1"), brought("cmd_ann", "ses_1", "msg_1"));
    await stage.tell(2, begun("ses_c", "ses_1"), asked("ses_c", "msg_2"));
    await stage.tell(3, answer({ ...ONE, session: "ses_c", id: "msg_3", prompt: "msg_2" }));
    await stage.tell(4, asked("ses_1", "msg_4"), brought("cmd_bob", "ses_1", "msg_4"));
    await stage.tell(5, answer({ ...ONE, session: "ses_c", id: "msg_5", prompt: "msg_2", nanoUsd: 30 }));
    expect(await by("session", "actor")).toEqual({ "ses_1 ann": 500, "ses_1 bob": 30 });
    const spent = await spentByTrees(stage.store, [{ nodeId: NODE, id: "ses_1" }], EVER);
    expect([...spent]).toEqual([[`${NODE}/ses_1`, 1]]);
  });

  it("counts under the root also where it is told later that the session is below another one", async () => {
    await stage.tell(1, answer({ ...ONE, session: "ses_g" }), answer({ ...ONE, session: "ses_c", nanoUsd: 30 }));
    await stage.tell(2, begun("ses_g", "ses_c"));
    expect(await by("session")).toEqual({ ses_c: 530 });
    await stage.tell(3, asked("ses_1", "msg_1"), brought("cmd_bob", "ses_1", "msg_1"), begun("ses_c", "ses_1"));
    expect(await by("session", "actor")).toEqual({ "ses_1 bob": 530 });
  });

  it("is not of another node's command", async () => {
    await stage.greet(OTHER_NODE);
    await stage.tell(1, begun("ses_1"), answer(ONE));
    await stage.tellAs(OTHER_NODE, 2, brought("cmd_ann", "ses_1", "msg_1"));
    expect(await by("actor")).toEqual({ "": 500 });
  });
});

// I9
describe("how a cost is known", () => {
  const free = { ...ONE, nanoUsd: 0, input: 1_000, model: "open/free" };
  const price = (model: string, input: number): ModelPrice => ({
    model,
    input,
    output: 0,
    cacheRead: 0,
    cacheWrite: 0,
  });
  const kinds = async (): Promise<Partial<LedgerSum>[]> =>
    (await ledgerSums(stage.store, EVER, [])).map(({ costNanoUsd, estimatedNanoUsd, unpricedTokens }) => ({
      costNanoUsd,
      estimatedNanoUsd,
      unpricedTokens,
    }));

  it("is by opencode where it says one, by a price where there is one, and else not at all", async () => {
    await setPrices(stage.store, [price("open/*", 3_000_000), price("a/one", 9_000_000)]);
    await stage.tell(1, answer(ONE), answer({ ...free, id: "m2" }), answer({ ...free, id: "m3", model: "other/free" }));
    expect(await kinds()).toEqual([
      { costNanoUsd: 500 + 3_000_000, estimatedNanoUsd: 3_000_000, unpricedTokens: 1_000 },
    ]);
  });

  it("holds from when a price is set: what is in the ledger stays as it is, whoever tells it once more", async () => {
    await stage.tell(1, answer({ ...free, id: "m1" }));
    await setPrices(stage.store, [price("open/free", 3_000_000)]);
    await stage.tell(2, answer({ ...free, id: "m2" }));
    const before = await kinds();
    expect(before).toEqual([{ costNanoUsd: 3_000_000, estimatedNanoUsd: 3_000_000, unpricedTokens: 1_000 }]);
    await setPrices(stage.store, [price("open/free", 7_000_000)]);
    await stage.greet(OTHER_NODE);
    await stage.tellAs(OTHER_NODE, 3, answer({ ...free, id: "m1" }), answer({ ...free, id: "m2" }));
    expect(await kinds()).toEqual(before);
    // one that used more is another one by now
    await stage.tell(4, answer({ ...free, id: "m1", input: 2_000 }));
    expect(await kinds()).toEqual([{ costNanoUsd: 17_000_000, estimatedNanoUsd: 17_000_000, unpricedTokens: 0 }]);
  });

  it("is to a thousandth of a micro-dollar, and the coarser figure where an agent says two", async () => {
    await stage.tell(1, answer({ ...ONE, nanoUsd: 1_499 }), answer({ ...ONE, id: "m2", nanoUsd: 400 }));
    expect(await kinds()).toMatchObject([{ costNanoUsd: 1_899 }]);
    await stage.tell(2, answer({ ...ONE, id: "m3" }, { costMicroUsd: 5, costNanoUsd: 9_000_000 }));
    await stage.tell(3, answer({ ...ONE, id: "m4" }, { costMicroUsd: 5, costNanoUsd: -1 }));
    await stage.tell(4, answer({ ...ONE, id: "m5" }, { costMicroUsd: 5, costNanoUsd: undefined }));
    expect(await kinds()).toMatchObject([{ costNanoUsd: 1_899 + 15_000 }]);
  });
});

const answers: fc.Arbitrary<Answer> = fc
  .record({
    session: fc.constantFrom("ses_1", "ses_c", "ses_2"),
    id: fc.constantFrom("msg_2", "msg_4", "msg_6"),
    prompt: fc.constantFrom(undefined, "msg_1", "msg_3", "msg_5"),
    model: fc.constantFrom("a/one", "b/two"),
    nanoUsd: fc.constantFrom(0, 1, 499, 1_500, 20_000),
    input: fc.nat(3),
    quarter: fc.nat(3),
  })
  // ids of messages ascend: no answer is older than its prompt
  .filter(({ id, prompt = "" }) => prompt < id);

/** Who gave which prompt; of `msg_5` nobody knows. */
const PROMPTERS: Readonly<Record<string, readonly (readonly [id: string, actor: string])[]>> = {
  ses_1: [
    ["msg_1", "ann"],
    ["msg_3", "bob"],
    ["msg_5", ""],
  ],
  ses_2: [["msg_3", "ann"]],
};

function actorOf({ session, id, prompt }: Answer): string {
  const root = session === "ses_c" ? "ses_1" : session;
  const upTo = session === root ? (prompt ?? id) : id;
  return (PROMPTERS[root] ?? []).filter(([given]) => given <= upTo).at(-1)?.[1] ?? "";
}

/** What a person would add up by hand, of what each message was told to be last. */
function added(given: readonly Answer[], nodeId: string): Record<string, readonly number[]> {
  const last = new Map(given.map((told) => [`${told.session}/${told.id}`, told]));
  const sums: Record<string, readonly number[]> = {};
  for (const told of last.values()) {
    const root = told.session === "ses_c" ? "ses_1" : told.session;
    const key = [told.model, nodeId, actorOf(told), root].join(" ");
    const [cost = 0, tokens = 0] = sums[key] ?? [];
    const next = [cost + told.nanoUsd, tokens + told.input];
    if (next.some((sum) => sum !== 0)) sums[key] = next;
  }
  return sums;
}

async function counted(): Promise<Record<string, readonly number[]>> {
  const sums = await ledgerSums(stage.store, EVER, ["model", "node", "actor", "session"]);
  return Object.fromEntries(sums.map(({ values, costNanoUsd, input }) => [values.join(" "), [costNanoUsd, input]]));
}

const FACTS: readonly Event[] = [
  begun("ses_1"),
  begun("ses_c", "ses_1"),
  asked("ses_1", "msg_1"),
  asked("ses_1", "msg_3"),
  asked("ses_1", "msg_5"),
  asked("ses_2", "msg_3"),
  brought("cmd_1", "ses_1", "msg_1"),
  brought("cmd_2", "ses_1", "msg_3"),
  brought("cmd_3", "ses_2", "msg_3"),
];

// I9
it("is what a person would add up, in any order, however often it is told, and from whichever node", async () => {
  const order = fc.shuffledSubarray([...FACTS], { minLength: FACTS.length });
  const places = fc.array(fc.nat(20), { minLength: 30, maxLength: 30 });
  const sizes = fc.infiniteStream(fc.integer({ min: 1, max: 5 }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(answers, { maxLength: 10 }),
      order,
      places,
      sizes,
      fc.boolean(),
      async (given, facts, where, size, isReplaced) => {
        await stage.anew();
        await stage.greet(OTHER_NODE);
        for (const [index, actor] of ["ann", "bob", "ann"].entries())
          await stage.queue({ id: `cmd_${index + 1}`, actor, type: "session.prompt", sessionId: null });
        // the answers in their order, and everything else at any place between them
        const all: Event[] = given.map((told) => answer(told));
        for (const [index, fact] of facts.entries()) all.splice((where[index] ?? 0) % (all.length + 1), 0, fact);
        for (let at = 0; at < all.length;) {
          const frame = all.slice(at, at + (size.next().value ?? 1));
          await stage.tell(1, ...frame, ...frame.filter(({ type }) => type !== "session.message"));
          at += frame.length;
        }
        expect(await counted()).toEqual(added(given, NODE));
        const quarters = await spentByQuarters(stage.store, EVER);
        const inQuarters = quarters.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
        expect(inQuarters).toBe(Object.values(await counted()).reduce((sum, [cost = 0]) => sum + cost, 0));
        if (!isReplaced) return;
        // a replacement tells all of it once more, as it is by now
        const last = [...new Map(given.map((told) => [`${told.session}/${told.id}`, told])).values()];
        const own = FACTS.filter(({ type }) => type !== "command.succeeded");
        await stage.tellAs(OTHER_NODE, 2, ...own, ...last.map((told) => answer(told)));
        expect(await counted()).toEqual(added(given, OTHER_NODE));
      },
    ),
    { numRuns: 100 },
  );
});

// I9
it("adds up any part of the time, by any dimensions, to what lies in it, and a scope to its own", async () => {
  const DAY = 96;
  const slot = fc.oneof(fc.nat(4 * DAY), fc.constantFrom(0, DAY, 2 * DAY, 2 * DAY - 1, 3 * DAY));
  const given = fc.array(fc.record({ told: answers, quarter: slot }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(given, slot, slot, async (list, one, other) => {
      await stage.anew();
      await stage.tell(1, ...FACTS.slice(0, 2), ...list.map(({ told, quarter }) => answer({ ...told, quarter })));
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const span = { from: from * QUARTER, to: to * QUARTER, fromDay: 0, toDay: 0 };
      const last = new Map(list.map(({ told, quarter }) => [`${told.session}/${told.id}`, { ...told, quarter }]));
      const within = [...last.values()].filter(({ quarter }) => quarter >= from && quarter < to);
      const expected = (some: readonly Answer[]): number => some.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0);
      const total = (sums: readonly LedgerSum[]): number => sums.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
      for (const dimensions of [[], ["model"], ["session"], ["node", "actor"], ["project", "session"]] as const)
        expect(total(await ledgerSums(stage.store, span, dimensions))).toBe(expected(within));
      const isBelow = ({ session }: Answer): boolean => session !== "ses_2";
      expect(total(await ledgerSums(stage.store, span, ["model"], { rootId: "ses_1" }))).toBe(
        expected(within.filter(isBelow)),
      );
      expect(total(await ledgerSums(stage.store, span, [], { nodeId: NODE, project: "p" }))).toBe(expected(within));
      expect(await ledgerSums(stage.store, span, [], { nodeId: OTHER_NODE })).toEqual([]);
      const spent = await spentByTrees(stage.store, [{ nodeId: NODE, id: "ses_1" }], span);
      expect(spent.get(`${NODE}/ses_1`) ?? 0).toBe(Math.round(expected(within.filter(isBelow)) / 1_000));
    }),
    { numRuns: 40 },
  );
});

// I9
it("keeps of a closed day all that it was by, and forgets who gave the prompts of sessions that went on without them", async () => {
  await stage.queue({ id: "cmd_1", actor: "ann", type: "session.prompt", sessionId: null });
  await stage.tell(1, begun("ses_1"), asked("ses_1", "msg_1"), brought("cmd_1", "ses_1", "msg_1"), answer(ONE));
  const before = await counted();
  expect(before).toEqual({ [`a/one ${NODE} ann ses_1`]: [500, 1] });
  const pruned = await prune((place) => pruneStep(stage.store, place, { before: 90 * 96 * QUARTER, limit: 10 }));
  expect(pruned.spentMessages).toBe(1);
  expect(await counted()).toEqual(before);
  // the newest prompt of a session is known for as long as it may go on
  await stage.tell(2, answer({ ...ONE, id: "msg_9", prompt: undefined, quarter: 96 * 100 }));
  expect(await counted()).toEqual({ [`a/one ${NODE} ann ses_1`]: [1_000, 2] });
});
