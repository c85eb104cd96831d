import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isQuiet, quietUntil } from "../../src/capabilities/policies/domain/quiet-hours.ts";

const BERLIN = { from: "23:00", to: "06:00", time_zone: "Europe/Berlin" };
const at = (text: string): number => Date.parse(text);

describe("quiet hours", () => {
  it.each([
    ["just before they begin", "2026-02-03T21:59:00Z", undefined],
    ["when they begin", "2026-02-03T22:00:00Z", "2026-02-04T05:00:00Z"],
    ["behind midnight", "2026-02-04T02:00:00Z", "2026-02-04T05:00:00Z"],
    ["when they end", "2026-02-04T05:00:00Z", undefined],
    ["in summer", "2026-07-01T21:00:00Z", "2026-07-02T04:00:00Z"],
    ["in the night that is an hour shorter", "2026-03-28T22:30:00Z", "2026-03-29T04:00:00Z"],
    ["in the night that is an hour longer", "2026-10-24T21:30:00Z", "2026-10-25T05:00:00Z"],
  ])("%s", (_when, now, until) => {
    expect(quietUntil(BERLIN, at(now))).toEqual(until === undefined ? undefined : at(until));
  });

  it("are of the day on which they begin", () => {
    const friday = { ...BERLIN, days: ["fri"] };
    expect(isQuiet(friday, at("2026-02-06T23:30:00Z"))).toBe(true);
    expect(isQuiet(friday, at("2026-02-07T03:00:00Z"))).toBe(true);
    expect(isQuiet(friday, at("2026-02-06T03:00:00Z"))).toBe(false);
    expect(isQuiet(friday, at("2026-02-07T22:30:00Z"))).toBe(false);
  });

  it("end at a time that is not quiet, and no later than a day and a changed clock from now", () => {
    const time = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom("00", "15", "30", "45"));
    const zone = fc.constantFrom("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC");
    fc.assert(
      fc.property(
        time,
        time,
        zone,
        fc.integer({ min: at("2026-01-01"), max: at("2027-01-01") }),
        (one, two, name, now) => {
          const [from, to] = [one, two].map(([hour, minute]) => `${String(hour).padStart(2, "0")}:${minute}`) as [
            string,
            string,
          ];
          fc.pre(from !== to);
          const until = quietUntil({ from, to, time_zone: name }, now);
          if (until === undefined) return;
          expect(until).toBeGreaterThan(now);
          expect(until - now).toBeLessThanOrEqual(26 * 3_600_000);
        },
      ),
    );
  });
});
