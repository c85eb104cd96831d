import { describe, expect, it } from "vitest";
import { ago, bytes, clockTime, dollars, duration, parseDuration, sinceTime, span, thousands } from "../src/index.ts";

it("a span before now goes back to 1970 at most, however long it is", () => {
  const now = Date.UTC(2026, 2, 8);
  expect(sinceTime("1h30m", now)).toBe("2026-03-07T22:30:00.000Z");
  for (const text of ["99999d", "99999999999d", `${"9".repeat(400)}d`])
    expect(sinceTime(text, now)).toBe("1970-01-01T00:00:00.000Z");
});

describe("words for people", () => {
  it.each([
    [span(59_400), "59 s"],
    [span(14 * 60_000), "14 min"],
    [span(5 * 3_600_000), "5 h"],
    [span(3 * 86_400_000), "3 d"],
    [dollars(0), "$0"],
    [dollars(0.00723), "$0.0072"],
    [dollars(12.345), "$12.35"],
    [thousands(45_231), "45,231"],
    [bytes(1_300_000_000), "1.2 GiB"],
    [bytes(0), "0 B"],
    [bytes(15.3 * 1024 ** 2), "15 MiB"],
    [ago(null, 0), "-"],
  ])("%s", (text, expected) => {
    expect(text).toBe(expected);
  });

  it.each([
    [500, "1 s"],
    [92_000, "92 s"],
    [14 * 60_000, "14 min"],
    [200 * 60_000, "3 h 20 min"],
    [72 * 3_600_000, "3 d"],
  ])("%d ms reads as %s", (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it("says the date of a time only where it was another day", () => {
    const at = new Date(2026, 10, 24, 9, 5, 7);
    expect(clockTime(at.toISOString(), new Date(2026, 10, 24, 23).getTime())).toBe("09:05:07");
    expect(clockTime(at.toISOString(), new Date(2026, 10, 25, 1).getTime())).toBe("2026-11-24 09:05:07");
  });
});

describe("parseDuration", () => {
  it.each([
    ["90s", 90_000],
    ["10m", 600_000],
    ["1h30m", 5_400_000],
  ])("%s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
  it.each(["", "10", "ten minutes", "5m!"])("refuses %j with an example", (text) => {
    expect(() => parseDuration(text)).toThrow(/write it as 90s/);
  });
});
