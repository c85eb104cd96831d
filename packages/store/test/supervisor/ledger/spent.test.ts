import { join } from "node:path";
import type { EventEnvelope } from "@hal/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { prune, pruneStep, removeNode, totals } from "../../../src/supervisor/index.ts";
import { openSqlite } from "../../../src/file/sqlite.ts";
import { LogStage, migrationsBefore, NODE, OTHER_NODE } from "../../support/log-stage.ts";
import { countSpentSince, type Spent, spentSince } from "../../support/spent-since.ts";

const DAY_MS = 86_400_000;

interface Answer {
  readonly session: "ses_1" | "ses_2";
  readonly message: number;
  readonly day: number;
  readonly model: string | undefined;
  readonly costMicroUsd: number;
  readonly input: number;
  readonly copied: boolean;
}

const answers: fc.Arbitrary<Answer> = fc.record({
  session: fc.constantFrom("ses_1", "ses_2"),
  message: fc.nat(4),
  day: fc.nat(3),
  model: fc.constantFrom(undefined, "a/one", "b/two"),
  costMicroUsd: fc.nat(3),
  input: fc.nat(2),
  copied: fc.boolean(),
});

let stage: LogStage;
beforeEach(async () => {
  stage = await LogStage.open();
});
afterEach(() => stage[Symbol.asyncDispose]());

function told({
  session,
  message,
  day,
  model,
  costMicroUsd,
  input,
  copied,
}: Answer): Omit<EventEnvelope, "seq" | "at"> {
  return {
    type: "session.message",
    project: `project of ${session}`,
    session,
    data: {
      messageId: `msg_${message}`,
      role: "assistant",
      state: "complete",
      text: "x",
      model,
      costMicroUsd,
      tokens: { input, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 },
      createdAt: day * DAY_MS + 5,
      copied,
    },
  };
}

/** The sums of what each message was told to be last. */
function expected(given: readonly Answer[], since: number): Spent[] {
  const last = new Map(given.map((answer) => [`${answer.session}/${answer.message}`, answer]));
  const sums = new Map<string, Spent>();
  for (const { session, day, model = null, costMicroUsd, input, copied } of last.values()) {
    if (copied || day < since) continue;
    const project = `project of ${session}`;
    const before = sums.get(`${project} ${model}`);
    sums.set(`${project} ${model}`, {
      project,
      model,
      costMicroUsd: (before?.costMicroUsd ?? 0) + costMicroUsd,
      tokens: (before?.tokens ?? 0) + input,
    });
  }
  return inOrder([...sums.values()]);
}

function inOrder(spent: readonly Spent[]): Spent[] {
  return spent
    .filter(({ costMicroUsd, tokens }) => costMicroUsd !== 0 || tokens !== 0)
    .toSorted((a, b) => (`${a.project} ${a.model}` < `${b.project} ${b.model}` ? -1 : 1));
}

// I9
describe("what was spent", () => {
  it("is the sum of what each message was told to be last, in frames of any size", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(answers, { minLength: 1, maxLength: 6 }), { maxLength: 8 }),
        async (frames) => {
          await stage.anew();
          for (const frame of frames) await stage.tell(1, ...frame.map(told));
          for (const since of [0, 2])
            expect(inOrder(await spentSince(stage.store, since * DAY_MS))).toEqual(expected(frames.flat(), since));
        },
      ),
      { numRuns: 25 },
    );
  });

  it("is the same sum whichever node tells of a message, and when nodes go or take each other's place in between", async () => {
    const nodes = [NODE, OTHER_NODE] as const;
    const telling = fc.record({
      node: fc.constantFrom(...nodes),
      frame: fc.array(answers, { minLength: 1, maxLength: 6 }),
      after: fc.constantFrom("nothing", "removed", "replaced"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(telling, { maxLength: 8 }), async (tellings) => {
        await stage.anew();
        await stage.greet(OTHER_NODE);
        for (const { node, frame, after } of tellings) {
          await stage.tellAs(node, 1, ...frame.map(told));
          if (after === "nothing") continue;
          const heirId = after === "replaced" ? nodes.find((other) => other !== node) : undefined;
          await removeNode(stage.store, { nodeId: node, heirId }, 2);
          await stage.greet(node);
        }
        const given = tellings.flatMap(({ frame }) => frame);
        for (const since of [0, 2])
          expect(inOrder(await spentSince(stage.store, since * DAY_MS))).toEqual(expected(given, since));
      }),
      { numRuns: 25 },
    );
  });

  it("of all sessions has one that two nodes tell of once, as the last of them says", async () => {
    const costs = (session: string, costMicroUsd: number): Omit<EventEnvelope, "seq" | "at"> => ({
      type: "session.updated",
      project: "p",
      session,
      data: { title: "", costMicroUsd, createdAt: 1, updatedAt: 1 },
    });
    await stage.greet(OTHER_NODE);
    await stage.tellAs(OTHER_NODE, 3, costs("ses_1", 7));
    await stage.tell(2, costs("ses_1", 5), costs("ses_2", 100));
    expect(await totals(stage.store)).toEqual({ costMicroUsd: 107, tokens: 0 });
    await stage.tell(4, costs("ses_1", 9));
    expect(await totals(stage.store)).toEqual({ costMicroUsd: 109, tokens: 0 });
  });

  it("counts a session that two nodes tell of once, also when one of them is removed", async () => {
    const one = {
      session: "ses_1",
      message: 1,
      day: 1,
      model: "a/one",
      input: 1,
      copied: false,
      costMicroUsd: 1,
    } as const;
    await stage.greet(OTHER_NODE);
    await stage.tell(1, told(one));
    await stage.tellAs(OTHER_NODE, 1, told(one), told({ ...one, session: "ses_2" }));
    expect(await countSpentSince(stage.store, 0)).toBe(2);
    await removeNode(stage.store, { nodeId: OTHER_NODE }, 2);
    expect(await countSpentSince(stage.store, 0)).toBe(2);
  });

  it("counts a session from a day on where it has spent something since", async () => {
    const answer = { message: 1, model: "a/one", input: 1, copied: false };
    await stage.tell(
      1,
      told({ ...answer, session: "ses_1", day: 1, costMicroUsd: 1 }),
      told({ ...answer, session: "ses_2", day: 3, costMicroUsd: 1 }),
      told({ ...answer, session: "ses_2", message: 2, day: 2, costMicroUsd: 1 }),
    );
    const counts = [0, 2, 4].map((day) => countSpentSince(stage.store, day * DAY_MS));
    expect(await Promise.all(counts)).toEqual([2, 1, 0]);
  });

  it("stays when the messages are pruned", async () => {
    const one = { session: "ses_1", message: 1, day: 1, model: "a/one", input: 2, copied: false } as const;
    await stage.tell(1, told({ ...one, costMicroUsd: 9 }), {
      type: "session.ended",
      session: "ses_1",
      data: { reason: "deleted" },
    });
    const spent = await spentSince(stage.store, 0);
    const counts = await prune((place) => pruneStep(stage.store, place, { before: 5 * DAY_MS, limit: 100 }));
    expect(counts.messages).toBe(1);
    expect(await spentSince(stage.store, 0)).toEqual(spent);
    expect(spent).toEqual([{ project: "project of ses_1", model: "a/one", costMicroUsd: 9, tokens: 2 }]);
  });

  it("of a day that is closed stays as it is, whoever tells its messages anew, and open days go on", async () => {
    const one = { session: "ses_1", message: 1, model: "a/one", input: 2, copied: false, costMicroUsd: 9 } as const;
    const old = told({ ...one, day: 9 });
    const young = told({ ...one, message: 2, day: 10, costMicroUsd: 4 });
    await stage.tell(1, old, young);
    const spent = await spentSince(stage.store, 0);
    const at = { before: 40 * DAY_MS, limit: 1 };
    const counted = await prune((place) => pruneStep(stage.store, place, { ...at, isDryRun: true }));
    const pruned = await prune((place) => pruneStep(stage.store, place, at));
    expect([counted.spentMessages, pruned.spentMessages]).toEqual([1, 1]);
    expect(await spentSince(stage.store, 0)).toEqual(spent);
    // its data are lost, and all of it is told again, by another identity and by itself
    await stage.greet(OTHER_NODE);
    for (const node of [OTHER_NODE, NODE])
      expect(await stage.tellAs(node, 2, old, young)).toMatchObject({ spentNanoUsd: 0 });
    expect(await spentSince(stage.store, 0)).toEqual(spent);
    const later = { ...one, message: 2, day: 10, costMicroUsd: 5 };
    expect(await stage.tell(3, told(later), told({ ...one, message: 3, day: 8 }))).toMatchObject({
      spentNanoUsd: 1_000,
    });
    expect((await spentSince(stage.store, 0))[0]?.costMicroUsd).toBe(9 + 5);
    expect((await prune((place) => pruneStep(stage.store, place, at))).spentMessages).toBe(0);
  });

  it("is added up from the messages of a database that an earlier version wrote", async () => {
    const given: Answer[] = [
      { session: "ses_1", message: 1, day: 0, model: undefined, costMicroUsd: 4, input: 1, copied: false },
      { session: "ses_1", message: 2, day: 1, model: "a/one", costMicroUsd: 5, input: 1, copied: false },
      { session: "ses_1", message: 3, day: 9, model: "a/one", costMicroUsd: 6, input: 1, copied: true },
      { session: "ses_2", message: 1, day: 2, model: "a/one", costMicroUsd: 7, input: 1, copied: false },
    ];
    const file = join(stage.folder, "old.db");
    const old = openSqlite({ file, migrations: await migrationsBefore(stage.folder, "0005_spent_days") });
    for (const session of ["ses_1", "ses_2"])
      old.driver
        .prepare(
          `insert into sessions (node_id, id, project, title, status, status_reason, status_since, cost_micro_usd, tokens,
           tokens_total, compactions, external, started_at, last_activity_at)
           values (?, ?, ?, '', 'idle', '', 1, 0, '{}', 0, 0, 0, 1, 1)`,
        )
        .run(NODE, session, `project of ${session}`);
    for (const { session, message, day, model, costMicroUsd, input, copied } of given)
      old.driver
        .prepare(
          `insert into messages (node_id, session_id, id, event_id, role, state, created_at, cost_micro_usd, tokens_total, copied, data)
           values (?, ?, ?, 1, 'assistant', 'complete', ?, ?, ?, ?, ?)`,
        )
        .run(
          NODE,
          session,
          `msg_${message}`,
          day * DAY_MS,
          costMicroUsd,
          input,
          copied ? 1 : 0,
          JSON.stringify({ model }),
        );
    old.close();
    await stage.goOnWith(file);
    expect(inOrder(await spentSince(stage.store, 0))).toEqual(expected(given, 0));
    expect(await countSpentSince(stage.store, 2 * DAY_MS)).toBe(1);
    // what comes once more, from a node that knows no better, is known for what it is
    await stage.greet(OTHER_NODE);
    await stage.tellAs(OTHER_NODE, 1, ...given.map(told));
    expect(inOrder(await spentSince(stage.store, 0))).toEqual(expected(given, 0));
  });
});
