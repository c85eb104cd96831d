import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  cancelCommand,
  listEvents,
  listMessages,
  listOccasions,
  listSessions,
  prune,
  prunedUpTo,
  type PruneOptions,
  pruneStep,
} from "../../../src/supervisor/index.ts";
import { LogStage, NODE } from "../../support/log-stage.ts";

let stage: LogStage;
beforeEach(async () => {
  stage = await LogStage.open();
});
afterEach(() => stage[Symbol.asyncDispose]());

/** Something that a session said at a time, on both clocks. */
function say(session: string, type: string, at: number, data: Record<string, unknown> = {}): Promise<unknown> {
  return stage.tell(at, { type, project: "p", session, data });
}

const message = (id: string) => ({
  messageId: id,
  role: "assistant",
  state: "complete",
  text: "t",
  costMicroUsd: 7,
  createdAt: 5,
});

function all(options: Omit<PruneOptions, "limit"> & { readonly limit?: number }) {
  return prune((place) => pruneStep(stage.store, place, { limit: 1_000, ...options }));
}

async function idsOf(session?: string): Promise<number[]> {
  const rows = await listEvents(stage.store, { limit: 1_000, sessionId: session });
  return rows.map(({ id }) => id).toReversed();
}

// I8
describe("pruning", () => {
  it("deletes what is old, and keeps the newest event whatever its age", async () => {
    await say("ses_a", "session.idle", 10);
    await say("ses_a", "session.idle", 20);
    await say("ses_a", "session.ended", 30, { reason: "killed" });
    expect(await all({ before: 1_000 })).toMatchObject({ events: 2 });
    expect(await idsOf()).toEqual([3]);
    expect(await prunedUpTo(stage.store)).toBe(2);
    await say("ses_b", "session.idle", 2_000);
    expect(await idsOf()).toEqual([3, 4]);
  });

  it("keeps all that a session has said that lives, and the row of each", async () => {
    for (const [session, last] of [
      ["ses_waits", "session.waiting"],
      ["ses_retries", "session.retrying"],
      ["ses_works", "session.busy"],
      ["ses_rests", "session.idle"],
    ] as const) {
      await say(session, "session.message", 10, message(`m_${session}`));
      await say(session, last, 20, { interactionId: "per_1", attempt: 1, message: "429" });
    }
    await say("ses_active", "session.idle", 10);
    await say("ses_active", "session.idle", 5_000);
    const statuses = (await listSessions(stage.store, { limit: 10 })).map(({ id, status }) => `${id} ${status}`);
    expect(statuses).toEqual(
      expect.arrayContaining(["ses_waits waiting", "ses_retries retrying", "ses_works busy", "ses_rests idle"]),
    );
    await all({ before: 1_000 });
    expect(await idsOf("ses_waits")).toHaveLength(2);
    expect(await idsOf("ses_retries")).toHaveLength(2);
    expect(await idsOf("ses_works")).toHaveLength(2);
    expect(await idsOf("ses_active")).toHaveLength(2);
    expect(await idsOf("ses_rests")).toEqual([]);
    expect((await listSessions(stage.store, { limit: 10 })).map(({ id }) => id).toSorted()).toEqual([
      "ses_active",
      "ses_rests",
      "ses_retries",
      "ses_waits",
      "ses_works",
    ]);
  });

  it("lets messages go with a session that has ended, and not before", async () => {
    await say("ses_ended", "session.message", 10, message("m_1"));
    await say("ses_ended", "session.ended", 20, { reason: "killed" });
    await say("ses_rests", "session.message", 10, message("m_2"));
    await say("ses_rests", "session.idle", 20);
    expect(await all({ before: 1_000 })).toMatchObject({ messages: 1 });
    expect(await listMessages(stage.store, NODE, "ses_ended", 10)).toEqual([]);
    expect(await listMessages(stage.store, NODE, "ses_rests", 10)).toHaveLength(1);
  });

  it("forgets commands with their outcome, and idempotency keys with their command", async () => {
    await stage.queue({ id: "c_open" }, "k1");
    await stage.queue({ id: "c_done" }, "k2");
    await cancelCommand(stage.store, "c_done", 20);
    expect(await all({ before: 1_000 })).toMatchObject({ commands: 1, idempotencyKeys: 1 });
    expect(stage.store.sqlite.driver.prepare("select id from commands").pluck().all()).toEqual(["c_open"]);
    expect(stage.store.sqlite.driver.prepare("select key from idempotency_keys").pluck().all()).toEqual(["k1"]);
  });

  it("lets occasions of schedules go that are old, and keeps the newest of each and those that are open", async () => {
    const occasion = (id: string, schedule: string, at: number, closedAt: number | null) =>
      stage.store.sqlite.driver
        .prepare(
          `insert into occasions (id, schedule, due_at, missed, created_at, actor, project, state, closed_at)
           values (?, ?, ?, 0, ?, 'schedule', 'p', ?, ?)`,
        )
        .run(id, schedule, at, at, closedAt === null ? "starting" : "started", closedAt);
    occasion("occ_1", "nightly", 1, 2);
    occasion("occ_2", "nightly", 3, null);
    occasion("occ_3", "nightly", 5, 6);
    occasion("occ_4", "weekly", 7, 8);
    occasion("occ_5", "nightly", 9, 2_000);
    expect(await all({ before: 1_000, limit: 2 })).toMatchObject({ occasions: 2 });
    expect((await listOccasions(stage.store, { limit: 10 })).map(({ id }) => id)).toEqual(["occ_5", "occ_4", "occ_2"]);
  });

  it("counts only, where that is asked", async () => {
    await say("ses_a", "session.message", 10, message("m_1"));
    await say("ses_a", "session.ended", 20, { reason: "killed" });
    await say("ses_b", "session.idle", 30);
    expect(await all({ before: 1_000, isDryRun: true })).toMatchObject({ events: 2, messages: 1 });
    expect(await idsOf()).toHaveLength(3);
    expect(await prunedUpTo(stage.store)).toBe(0);
    expect(await all({ before: 1_000 })).toMatchObject({ events: 2, messages: 1 });
  });

  it("deletes nothing in front of a follower, and comes to the same in steps of any size", async () => {
    const said = fc.record({
      session: fc.constantFrom("ses_a", "ses_b", "ses_c"),
      type: fc.constantFrom("session.idle", "session.busy", "session.waiting", "session.ended"),
      at: fc.integer({ min: 1, max: 100 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(said, { minLength: 1, maxLength: 30 }),
        fc.nat(40),
        fc.integer({ min: 1, max: 110 }),
        fc.integer({ min: 1, max: 7 }),
        async (events, upTo, before, limit) => {
          const left: (readonly number[])[] = [];
          for (const size of [limit, 1_000]) {
            await stage.anew();
            let clock = 0;
            for (const { session, type, at } of events) {
              clock = Math.max(clock, at);
              await say(session, type, clock, { reason: "killed", since: clock });
            }
            await all({ before, upTo, limit: size });
            left.push(await idsOf());
          }
          const [inSteps, atOnce] = left as [number[], number[]];
          expect(inSteps).toEqual(atOnce);
          expect(inSteps.filter((id) => id > upTo)).toEqual(
            events.map((_, index) => index + 1).filter((id) => id > upTo),
          );
          expect(inSteps.at(-1)).toBe(events.length);
        },
      ),
      { numRuns: 12 },
    );
  }, 60_000);
});
