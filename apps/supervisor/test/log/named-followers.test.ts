import { followerInTheWay, judgePlace, prune, pruneStep } from "@hal/store/supervisor";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isPoison } from "../../src/log/domain/poison-rule.ts";
import type { Follower } from "../../src/log/follower.ts";
import { FollowedLog } from "../support/followed-log.ts";

const AT_ONCE = { attempts: 3, overMs: 0 };

let log: FollowedLog;
beforeEach(async () => {
  log = await FollowedLog.open();
});
afterEach(() => log[Symbol.asyncDispose]());

/** Notes what it did; what `fails` names it cannot do. */
function noting(name: string, fails: (id: number) => boolean = () => false, rest: Partial<Follower> = {}) {
  const done: number[] = [];
  const follower: Follower = {
    name,
    handle({ id }) {
      if (fails(id)) throw new Error(`event ${id} cannot be done`);
      done.push(id);
    },
    ...rest,
  };
  return { follower, done };
}

describe("a named follower", () => {
  // I21
  it("does what comes after it was there first, in order, and goes on where it was", async () => {
    await log.tell(3);
    const { follower, done } = noting("one");
    await log.follow(follower);
    await log.tell(2);
    await log.tell(3);
    await expect.poll(() => done).toEqual([4, 5, 6, 7, 8]);
    await log.restart(async () => void (await log.tell(2)));
    await log.follow(follower);
    await log.tell(1);
    await expect.poll(() => done).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it("passes over what does not concern it, however much that is", async () => {
    const { follower, done } = noting("one", undefined, { types: ["node.offline"] });
    const followers = await log.follow(follower);
    await log.tell(5_000);
    const last = await log.tell(1, "node.offline");
    await expect.poll(() => done).toEqual([last]);
    await expect.poll(() => followers.reports).toMatchObject([{ name: "one", lagEvents: 0, stuck: undefined }]);
  });

  // I21
  it("tries an event again until it is done, and nothing after it before", async () => {
    let isDown = true;
    const { follower, done } = noting("one", (id) => isDown && id === 2);
    const followers = await log.follow(follower);
    await log.tell(3);
    await expect
      .poll(() => followers.reports[0])
      .toMatchObject({ lagEvents: 2, stuck: { eventId: 2, reason: "event 2 cannot be done" } });
    expect(done).toEqual([1]);
    isDown = false;
    await expect.poll(() => done).toEqual([1, 2, 3]);
    expect(followers.reports[0]?.stuck).toBeUndefined();
    expect(followers.reports[0]?.setAside.count).toBe(0);
  });

  // I21
  it("sets aside what it cannot do, says so, and goes on; so does its next run", async () => {
    const { follower, done } = noting("one", (id) => id === 2, { patience: AT_ONCE });
    const followers = await log.follow(follower);
    await log.tell(3);
    await expect.poll(() => done).toEqual([1, 3]);
    const aside = { count: 1, last: { eventId: 2, reason: "event 2 cannot be done", attempts: 3 } };
    expect(followers.reports[0]?.setAside).toMatchObject(aside);
    expect(log.lines.join("")).toContain("an event was set aside");
    await log.restart();
    const again = await log.follow(follower);
    await log.tell(1);
    await expect.poll(() => done).toEqual([1, 3, 4]);
    expect(again.reports[0]?.setAside).toMatchObject(aside);
  });

  it("that is stuck holds up no other", async () => {
    const stuck = noting("stuck", () => true);
    const well = noting("well");
    await log.follow(stuck.follower, well.follower);
    await log.tell(3);
    await expect.poll(() => well.done).toEqual([1, 2, 3]);
    expect(stuck.done).toEqual([]);
  });

  it("that is restarted while it is stuck goes on counting its attempts", async () => {
    const { follower } = noting("one", () => true);
    const first = await log.follow(follower);
    await log.tell(1);
    await expect.poll(() => first.reports[0]?.stuck?.attempts ?? 0).toBeGreaterThan(2);
    const tried = first.reports[0]?.stuck?.attempts ?? 0;
    const since = first.reports[0]?.stuck?.since;
    await log.restart();
    const second = await log.follow(follower);
    await expect.poll(() => second.reports[0]?.stuck?.attempts ?? 0).toBeGreaterThan(tried);
    expect(second.reports[0]?.stuck?.since).toBe(since);
  });

  // I8
  it("keeps what it has not done from being pruned, by name, and one that is gone keeps nothing", async () => {
    const { follower } = noting("one", (id) => id === 4);
    await log.follow(follower);
    await log.tell(10);
    await expect.poll(() => log.followers?.reports[0]?.stuck?.eventId).toBe(4);
    await log.restart();
    const pruned = async (): Promise<number> =>
      (await prune((place) => pruneStep(log.store, place, { before: 100, limit: 1_000 }))).events;
    expect(await followerInTheWay(log.store, 100)).toMatchObject({ name: "one", place: 3 });
    expect(await pruned()).toBe(3);
    await log.follow();
    expect(await followerInTheWay(log.store, 100)).toBeUndefined();
    expect(await pruned()).toBe(6);
  });
});

describe("the place of a follower", () => {
  const standing = { logId: "b", isEarlierLife: (id: string) => id === "a", newestId: 100, prunedUpTo: 20 };

  it.each([
    ["of this life of the log is good", { place: 50, logId: "b" }, { place: 50 }],
    ["of an earlier life, which a copy brought back, is good", { place: 50, logId: "a" }, { place: 50 }],
    ["of another log has all done again that is there", { place: 50, logId: "z" }, { place: 20, why: /another/ }],
    ["ahead of the log, too", { place: 101, logId: "b" }, { place: 20, why: /ahead/ }],
  ])("%s", (_name, place, { why, ...judged }: { place: number; why?: RegExp }) => {
    const found = judgePlace(place, standing);
    expect(found).toMatchObject(judged);
    expect(found.why ?? "").toMatch(why ?? /^$/);
  });
});

describe("an event is poison", () => {
  const patience = { attempts: 3, overMs: 1_000 };

  it.each([
    ["after so many attempts over so long", { attempts: 3, since: 0 }, 1_000, true],
    ["not after many at once", { attempts: 300, since: 0 }, 999, false],
    ["not after a long time with few", { attempts: 2, since: 0 }, 1_000_000, false],
    ["not where the clock was set back", { attempts: 300, since: 5_000 }, 0, false],
  ])("%s", (_name, failing, now, is) => expect(isPoison(failing, now, patience)).toBe(is));
});
