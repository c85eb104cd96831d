import { describe, expect, it } from "vitest";
import { knownBy } from "../../src/connection/trust.ts";

const settings = { url: "wss://supervisor-host:8420", contextTrust: undefined };
const isInsecure = (argv: object, env: Readonly<Record<string, string>>): boolean =>
  knownBy(settings, argv, env).trust.isInsecure;

// I14
describe("checks are switched off", () => {
  it.each([
    ["1", true],
    ["0", false],
    ["", false],
    ["no", false],
    ["false", false],
  ])("by HALCTL_INSECURE=%j: %s", (value, expected) => {
    expect(isInsecure({}, { HALCTL_INSECURE: value })).toBe(expected);
  });

  it("by the flag, and by nothing where neither is there", () => {
    expect([isInsecure({ insecure: true }, {}), isInsecure({ insecure: false }, {}), isInsecure({}, {})]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("by the flag though the variable says no, and by no variable where a flag says how it is known", () => {
    expect(isInsecure({ insecure: true }, { HALCTL_INSECURE: "0" })).toBe(true);
    expect(isInsecure({ tlsFingerprint: "ab".repeat(32) }, { HALCTL_INSECURE: "1" })).toBe(false);
  });
});
