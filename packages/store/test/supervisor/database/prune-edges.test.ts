import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cancelCommand, listEvents, prune, prunedUpTo, pruneStep } from "../../../src/supervisor/index.ts";
import { LogStage } from "../../support/log-stage.ts";

const LIMIT = { limit: 1_000 };

let stage: LogStage;
beforeEach(async () => {
  stage = await LogStage.open();
});
afterEach(() => stage[Symbol.asyncDispose]());

const say = (session: string, type: string, at: number): Promise<unknown> =>
  stage.tell(at, { type, project: "p", session, data: { reason: "killed" } });

const pruned = (options: { before: number; upTo?: number; isDryRun?: boolean }) =>
  prune((place) => pruneStep(stage.store, place, { ...LIMIT, ...options }));

async function left(): Promise<number[]> {
  return (await listEvents(stage.store, LIMIT)).map(({ id }) => id).toReversed();
}

// I8
describe("at the very edge, pruning", () => {
  it("takes what came before the time, and leaves what came at it", async () => {
    await say("ses_a", "session.ended", 99);
    await say("ses_b", "session.ended", 100);
    await say("ses_c", "session.ended", 500);
    await pruned({ before: 100 });
    expect(await left()).toEqual([2, 3]);
  });

  it("takes what is of no session and came before the time, and leaves what came at it", async () => {
    for (const at of [99, 100, 500]) await stage.tell(at, { type: "projects.changed", data: { projects: [] } });
    await pruned({ before: 100 });
    expect(await left()).toEqual([2, 3]);
  });

  it("leaves all of a session that was active at the time", async () => {
    await say("ses_a", "session.idle", 10);
    await say("ses_a", "session.idle", 100);
    await say("ses_b", "session.idle", 10);
    await say("ses_b", "session.idle", 99);
    await say("ses_c", "session.idle", 500);
    await pruned({ before: 100 });
    expect(await left()).toEqual([1, 2, 5]);
  });

  it("takes the event up to which a follower has everything, and not the one behind it", async () => {
    for (const at of [10, 20, 30, 40]) await say("ses_a", "session.ended", at);
    await pruned({ before: 1_000, upTo: 2 });
    expect(await left()).toEqual([3, 4]);
    expect(await prunedUpTo(stage.store)).toBe(2);
  });
});

// I8
describe("commands", () => {
  const queue = (id: string) => stage.queue({ id }, `key of ${id}`);
  const kept = (what: "id from commands" | "key from idempotency_keys") =>
    stage.store.sqlite.driver.prepare(`select ${what}`).pluck().all();

  it("are counted and left where that is asked, with their keys", async () => {
    await queue("c_1");
    await cancelCommand(stage.store, "c_1", 20);
    // a key that is counted goes with its command, which is still there
    expect(await pruned({ before: 1_000, isDryRun: true })).toMatchObject({ commands: 1, idempotencyKeys: 1 });
    expect(kept("id from commands")).toEqual(["c_1"]);
    expect(kept("key from idempotency_keys")).toEqual(["key of c_1"]);
  });

  it("that ended at the time stay, with their keys", async () => {
    for (const [id, endedAt] of [
      ["c_before", 99],
      ["c_at", 100],
    ] as const) {
      await queue(id);
      await cancelCommand(stage.store, id, endedAt);
    }
    await queue("c_open");
    await pruned({ before: 100 });
    expect(kept("id from commands")).toEqual(["c_at", "c_open"]);
    expect(kept("key from idempotency_keys")).toEqual(["key of c_at", "key of c_open"]);
  });
});
