import { backoffMs } from "@hal/daemon";
import { describe, expect, it } from "vitest";
import { Redial } from "../../src/uplink/domain/redial.ts";
import { AT_ONCE, retryAfter } from "../../src/uplink/domain/retry.ts";

const closedAtOnce = retryAfter({ kind: "closed", code: 1011, reason: "" }, "t").limits ?? AT_ONCE;

/** Always as long as may be. */
const slowest = (): Redial => new Redial((attempt, limits) => backoffMs(attempt, limits, () => 1));

describe("dialling again", () => {
  const waits = (redial: Redial, limits: typeof AT_ONCE, times: number): number[] =>
    Array.from({ length: times }, () => redial.waitMs(limits));

  it("waits ever longer where links are opened and closed at once, again and again", () => {
    expect(waits(slowest(), closedAtOnce, 8)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  it("does so, too, where the other side has it begin a new epoch each time", () => {
    const { limits = closedAtOnce } = retryAfter({ kind: "renewed", why: "" }, "t");
    expect(waits(slowest(), limits, 4)).toEqual([20, 40, 80, 160]);
    expect(waits(slowest(), limits, 20).at(-1)).toBe(30_000);
  });

  it("tries at once what is mended by that, however long it was in vain before", () => {
    const redial = slowest();
    waits(redial, closedAtOnce, 10);
    expect(waits(redial, AT_ONCE, 1)).toEqual([20]);
  });

  it("counts anew after a link that was of use", () => {
    const redial = slowest();
    waits(redial, closedAtOnce, 10);
    redial.hasProgressed();
    expect(waits(redial, closedAtOnce, 1)).toEqual([500]);
  });
});
