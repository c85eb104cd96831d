import { afterEach, describe, expect, it, vi } from "vitest";
import { clockTime } from "../src/times.ts";

const at = (time: string): number => Date.parse(time);

afterEach(() => void vi.unstubAllEnvs());

describe.each([
  // the zone; how far it is behind UTC in winter; an evening there, and the first second of the day after it
  ["UTC", 0, "2026-03-07T23:59:59.000Z", "2026-03-08T00:00:00.000Z"],
  ["America/New_York", 300, "2026-03-08T04:59:59.000Z", "2026-03-08T05:00:00.000Z"],
  ["Asia/Kathmandu", -345, "2026-03-07T18:14:59.000Z", "2026-03-07T18:15:00.000Z"],
])("times on a wall in %s", (zone, behindMinutes, evening, midnight) => {
  it("are those of the wall, and have a date from the first second of another day there", () => {
    vi.stubEnv("TZ", zone);
    expect(new Date("2026-03-08T00:00:00Z").getTimezoneOffset()).toBe(behindMinutes);
    expect(clockTime(evening, at(evening) + 999)).toBe("23:59:59");
    expect(clockTime(evening, at(midnight))).toBe("2026-03-07 23:59:59");
    expect(clockTime(midnight, at(midnight))).toBe("00:00:00");
    expect(clockTime(midnight, at(evening))).toBe("2026-03-08 00:00:00");
  });
});

it("go on with the clock on the wall where that is set forward, and come twice where it is set back", () => {
  vi.stubEnv("TZ", "America/New_York");
  const shown = (time: string): string => clockTime(time, at(time));
  expect(["2026-03-08T06:59:59.000Z", "2026-03-08T07:00:00.000Z"].map(shown)).toEqual(["01:59:59", "03:00:00"]);
  expect(["2026-11-01T05:30:00.000Z", "2026-11-01T06:30:00.000Z"].map(shown)).toEqual(["01:30:00", "01:30:00"]);
});
