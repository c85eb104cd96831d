import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { networkOf, WrongTokens } from "../../src/gate/domain/wrong-tokens.ts";

const USUAL = { atOnce: 20, oneMoreMs: 1_000 };

describe("wrong tokens", () => {
  it("are answered at once as long as they are few, and again after a rest", () => {
    const wrong = new WrongTokens(USUAL);
    for (let count = 0; count < 20; count += 1) expect(wrong.judge("192.0.2.1", 0)).toBe("now");
    expect(wrong.judge("192.0.2.1", 20)).toBe("late");
    expect(wrong.judge("192.0.2.2", 20)).toBe("now");
    wrong.answered("192.0.2.1");
    expect(wrong.judge("192.0.2.1", 1_100)).toBe("now");
    expect(wrong.judge("192.0.2.1", 1_100)).toBe("late");
    expect(wrong.judge("192.0.2.1", 60_000)).toBe("now");
  });

  it("wait ten at a time for one address, two hundred for all, and beyond that are not answered", () => {
    const wrong = new WrongTokens(USUAL);
    const tally = { now: 0, late: 0, never: 0 };
    for (let host = 0; host < 50; host += 1)
      for (let count = 0; count < 40; count += 1) tally[wrong.judge(`192.0.2.${host}`, 0)] += 1;
    expect(tally).toEqual({ now: 50 * 20, late: 200, never: 50 * 20 - 200 });
    wrong.answered("192.0.2.0");
    expect(wrong.judge("192.0.2.0", 0)).toBe("late");
    expect(wrong.judge("192.0.2.0", 0)).toBe("never");
  });

  it("of ever new addresses take no more memory than those of some thousands", () => {
    const wrong = new WrongTokens(USUAL);
    for (let host = 0; host < 20_000; host += 1) wrong.judge(`198.51.${host >> 8}.${host & 255}`, host);
    expect(wrong.size).toBeLessThanOrEqual(4_096);
  });

  it("leave no answer waiting that was given, whatever is forgotten meanwhile", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 300 }), (hosts) => {
        const wrong = new WrongTokens(USUAL);
        const late: string[] = [];
        for (const host of hosts)
          for (let count = 0; count < 22; count += 1) {
            const address = `203.0.${host >> 8}.${host & 255}`;
            if (wrong.judge(address, 0) === "late") late.push(address);
          }
        expect(late.length).toBeLessThanOrEqual(200);
        for (const address of late) wrong.answered(address);
        const fresh = Array.from({ length: 21 }, () => wrong.judge("233.252.0.1", 0));
        expect(fresh.at(-1)).toBe("late");
      }),
      { numRuns: 30 },
    );
  });
});

it.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:db8::1", "2001:db8:0:0"],
  ["fe80::1%eth0", "fe80:0:0:0"],
  ["::1", "0:0:0:0"],
  ["", ""],
])("%s is of the network %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});
