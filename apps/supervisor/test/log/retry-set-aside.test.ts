import { createLogger, systemClock } from "@hal/daemon";
import { listSetAside, prune, pruneStep, setAsideEvent } from "@hal/store/supervisor";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FollowerRun } from "../../src/log/follower-run.ts";
import { dropSetAside, retrySetAside } from "../../src/log/retry-set-aside.ts";
import { FollowedLog } from "../support/followed-log.ts";

const AT_ONCE = { attempts: 2, overMs: 0 };

let log: FollowedLog;
beforeEach(async () => {
  log = await FollowedLog.open();
});
afterEach(() => log[Symbol.asyncDispose]());

/** A follower that cannot do some events until it is mended, and counts how many it does at once. */
class Broken {
  readonly done: number[] = [];
  readonly fails = new Set<number>();
  most = 0;
  #at = 0;

  readonly follower = {
    name: "one",
    patience: AT_ONCE,
    handle: async ({ id }: { readonly id: number }): Promise<void> => {
      this.#at += 1;
      this.most = Math.max(this.most, this.#at);
      await Promise.resolve();
      this.#at -= 1;
      if (this.fails.has(id)) throw new Error(`event ${id} cannot be done`);
      this.done.push(id);
    },
  };
}

/** Has a follower set events 2 and 3 aside. */
async function setTwoAside(broken: Broken): Promise<FollowerRun> {
  broken.fails.add(2).add(3);
  const followers = await log.follow(broken.follower);
  await log.tell(4);
  await expect.poll(() => broken.done).toEqual([1, 4]);
  return followers.find("one") as FollowerRun;
}

async function retry(run: FollowerRun) {
  const logger = createLogger({ name: "test", destination: { write: () => undefined } });
  const rows = await listSetAside(log.store, "one", { limit: 10 });
  const rest = { store: log.store, clock: systemClock, log: logger, signal: new AbortController().signal };
  return retrySetAside(run, rows, rest);
}

describe("events that were set aside", () => {
  // I21
  it("are handed over again: what is done is set aside no more, and what fails says why", async () => {
    const broken = new Broken();
    const run = await setTwoAside(broken);
    broken.fails.delete(3);
    expect(await retry(run)).toEqual({ done: [3], failed: [{ eventId: 2, reason: "event 2 cannot be done" }] });
    expect(broken.done).toEqual([1, 4, 3]);
    expect(run.setAside).toMatchObject({ count: 1, last: { eventId: 2, attempts: 3 } });
    broken.fails.clear();
    expect(await retry(run)).toEqual({ done: [2], failed: [] });
    expect(run.setAside).toEqual({ count: 0, last: undefined });
    await log.restart();
    expect((await log.follow(broken.follower)).find("one")?.setAside.count).toBe(0);
  });

  it("are done once by two who hand them over at the same time, and never beside another event", async () => {
    const broken = new Broken();
    const run = await setTwoAside(broken);
    broken.fails.clear();
    await Promise.all([retry(run), log.tell(50), retry(run)]);
    await expect.poll(() => broken.done.length).toBe(54);
    expect(broken.done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 54 }, (_, index) => index + 1));
    expect(broken.most).toBe(1);
  });

  it("are counted once each, also one that its follower sets aside again", async () => {
    const broken = new Broken();
    broken.fails.add(2);
    const run = (await log.follow(broken.follower)).find("one") as FollowerRun;
    await setAsideEvent(log.store, { follower: "one", eventId: 2, reason: "earlier", attempts: 1, at: 1 });
    await retry(run);
    expect(run.setAside.count).toBe(1);
    await log.tell(4);
    await expect.poll(() => broken.done).toEqual([1, 3, 4]);
    expect(run.setAside.count).toBe(1);
  });

  it("are given up or done, and never both, where both are asked for at the same time", async () => {
    const broken = new Broken();
    const run = await setTwoAside(broken);
    broken.fails.clear();
    const [{ done }, dropped] = await Promise.all([retry(run), dropSetAside(run, 2, log.store)]);
    expect(dropped === undefined).toBe(done.includes(2));
    expect(broken.done.includes(2)).toBe(done.includes(2));
    expect(done).toContain(3);
    expect(run.setAside.count).toBe(0);
  });

  it("that were pruned meanwhile can only be dropped", async () => {
    const broken = new Broken();
    const run = await setTwoAside(broken);
    broken.fails.clear();
    await run.savePlace();
    await prune((place) => pruneStep(log.store, place, { before: 100, limit: 1_000 }));
    const { done, failed } = await retry(run);
    expect(done).toEqual([]);
    expect(failed.map(({ reason }) => reason)).toEqual([/pruned/, /pruned/].map((text) => expect.stringMatching(text)));
    expect(run.setAside.count).toBe(2);
  });
});
