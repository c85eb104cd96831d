import { describe, expect, it } from "vitest";
import { Wakeup } from "../src/wakeup.ts";

describe("somebody who waits again and again", () => {
  it("is woken by each notify that comes after it armed", async () => {
    const wakeup = new Wakeup();
    using waiter = wakeup.waiter(new AbortController().signal);
    for (let round = 0; round < 3; round += 1) {
      const woken = waiter.arm();
      wakeup.notify();
      await woken;
    }
    expect(waiter.isOver).toBe(false);
  });

  it("is woken where its signal aborts, and waits for nothing afterwards", async () => {
    const wakeup = new Wakeup();
    const leaving = new AbortController();
    using waiter = wakeup.waiter(leaving.signal);
    const woken = waiter.arm();
    leaving.abort();
    await woken;
    await waiter.arm();
    expect(waiter.isOver).toBe(true);
    using late = wakeup.waiter(leaving.signal);
    await late.arm();
  });
});
