import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  healthOf,
  prune,
  pruneStep,
  removeNode,
  sessionById,
  troubledSessions,
} from "../../../src/supervisor/index.ts";
import { sinceHere } from "../../../src/supervisor/health/fold.ts";
import { LogStage, NODE, OTHER_NODE } from "../../support/log-stage.ts";

let stage: LogStage;
beforeAll(async () => {
  stage = await LogStage.open();
});
beforeEach(() => stage.anew());
afterAll(() => stage[Symbol.asyncDispose]());

const busy = { type: "session.busy", session: "ses_a", project: "p", data: {} };
const health = (data: object) => ({ type: "session.health", session: "ses_a", project: "p", data });
const stored = async (nodeId = NODE) => (await healthOf(stage.store, [{ nodeId, id: "ses_a" }])).get(`${nodeId}/ses_a`);

describe("how a session gets on", () => {
  it("is what was told last, as a whole", async () => {
    expect(await stored()).toBeUndefined();
    await stage.tell(100_000, busy, health({ quietSince: 40_000, task: "mend it", context: { tokens: 7 } }));
    expect(await stored()).toMatchObject({ quietSince: 40_000, loopSince: null, data: { task: "mend it" } });
    await stage.tell(120_000, health({ loop: { since: 110_000, kind: "errors", tool: "bash", count: 3 } }));
    expect(await stored()).toMatchObject({ quietSince: null, loopSince: 110_000 });
    expect((await stored())?.data).toEqual({ loop: { since: 110_000, kind: "errors", tool: "bash", count: 3 } });
  });

  it("is no sign of life, and makes no session", async () => {
    await stage.tell(100, health({ quietSince: 40 }));
    expect(await sessionById(stage.store, NODE, "ses_a")).toBeUndefined();
    expect(await troubledSessions(stage.store)).toEqual([]);
    await stage.tell(200, busy);
    await stage.tell(300, health({ quietSince: 40 }));
    expect(await sessionById(stage.store, NODE, "ses_a")).toMatchObject({ lastActivityAt: 200, status: "busy" });
    expect(await troubledSessions(stage.store)).toMatchObject([{ session: { status: "busy", project: "p" } }]);
    await stage.tell(400, health({}));
    expect(await troubledSessions(stage.store)).toEqual([]);
  });

  it("goes with its node, and is not known of a session that moves to another one", async () => {
    await stage.tell(100, busy, health({ quietSince: 40 }));
    await stage.greet(OTHER_NODE);
    await removeNode(stage.store, { nodeId: NODE, heirId: OTHER_NODE }, 200);
    expect(await sessionById(stage.store, OTHER_NODE, "ses_a")).toBeDefined();
    expect([await stored(), await stored(OTHER_NODE)]).toEqual([undefined, undefined]);
    await stage.tellAs(OTHER_NODE, 300, busy, health({ quietSince: 290 }));
    await removeNode(stage.store, { nodeId: OTHER_NODE }, 400);
    expect(await stored(OTHER_NODE)).toBeUndefined();
  });

  it("goes with what a session holds that ended long ago, as its task is what somebody wrote", async () => {
    await stage.tell(100, busy, health({ task: "mend it" }));
    const pruned = () => prune((place) => pruneStep(stage.store, place, { before: 1_000, limit: 100 }));
    await pruned();
    expect(await stored()).toBeDefined();
    await stage.tell(200, { ...busy, type: "session.ended", data: { reason: "killed" } });
    await pruned();
    expect(await stored()).toBeUndefined();
  });

  it("a clock that differs, or a telling that comes late, makes nothing older than it was", () => {
    const time = fc.nat({ max: 10 ** 12 });
    fc.assert(
      fc.property(time, time, time, (since, at, receivedAt) => {
        const age = receivedAt - sinceHere(since, { at, receivedAt });
        expect(age).toBeGreaterThanOrEqual(0);
        expect(age).toBe(Math.min(receivedAt, Math.max(0, at - since)));
      }),
    );
  });
});
