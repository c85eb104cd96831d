import { describe, expect, it } from "vitest";
import { retryAfter } from "../../src/uplink/domain/retry.ts";

describe("retryAfter", () => {
  it("waits long, and says why, where a person must act first", () => {
    const refused = retryAfter({ kind: "refused", status: 401 }, "abcd1234");
    expect(refused).toMatchObject({ level: "error", limits: { baseMs: 10_000, maxMs: 60_000 } });
    expect(refused.text).toContain("auth token rejected");
    expect(refused.text).toContain("abcd1234");
  });

  it("comes back soon from what passes by itself, and never where it was replaced", () => {
    expect(retryAfter({ kind: "closed", code: 1001, reason: "" }, "").limits?.baseMs).toBe(500);
    expect(retryAfter({ kind: "unreachable", problem: "refused" }, "").limits?.maxMs).toBe(30_000);
    expect(retryAfter({ kind: "closed", code: 4003, reason: "" }, "").limits).toBeUndefined();
  });
});
