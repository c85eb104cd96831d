import { describe, expect, it } from "vitest";
import { COMMAND_STATES, NodeView, SESSION_STATUSES } from "@hal/protocol";
import { statusText, toneOf, wantsReason } from "../src/index.ts";

describe("statuses", () => {
  const statuses = [...SESSION_STATUSES, ...COMMAND_STATES, ...NodeView.entries.status.options];

  it("of trouble want their reason, and of what is well or at work explain themselves", () => {
    const toned = (...tones: readonly (string | undefined)[]) => statuses.filter((one) => tones.includes(toneOf(one)));
    expect(toned("bad", "warn").filter((status) => !wantsReason(status))).toEqual([]);
    expect(toned("good", "busy").filter(wantsReason)).toEqual([]);
    expect(toned(undefined)).toEqual([]);
  });

  it("of a later release have no tone and want their reason", () => {
    for (const status of ["dreaming", "constructor"])
      expect([toneOf(status), wantsReason(status)]).toEqual([undefined, true]);
  });

  it("are said once where the reason begins with them", () => {
    expect(statusText({ status: "offline", reason: "offline: it was stopped" })).toBe("offline: it was stopped");
    expect(statusText({ status: "busy", reason: "for 3 min" })).toBe("busy: for 3 min");
  });
});
