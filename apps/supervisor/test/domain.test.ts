import { describe, expect, it } from "vitest";
import { formatCursor, parseCursor } from "../src/log/domain/cursor.ts";
import { type NodeFacts, nodeStatus } from "../src/capabilities/nodes/domain/node-status.ts";
import { isOriginPattern, isSameOrigin, originAllowed } from "../src/gate/domain/origin.ts";

describe("originAllowed", () => {
  const list = ["http://localhost:*", "https://internal.example.com:*"];
  it.each<[string | undefined, boolean]>([
    [undefined, true],
    ["http://localhost", true],
    ["http://localhost:5173", true],
    ["HTTP://LocalHost:1", true],
    ["https://localhost", false],
    ["https://internal.example.com", true],
    ["https://internal.example.com.evil.tld", false],
    ["https://Internal.Example.COM:8443", true],
    ["https://internal.example.com:443", true],
    ["http://internal.example.com", false],
    ["https://sub.internal.example.com", false],
    ["https://internal.example.com@evil.tld", false],
    ["https://internal.example.com:8443@evil.tld", false],
    ["https://internal.example.com:8443.evil.tld", false],
    ["https://internal.example.com\\.evil.tld", false],
    ["https://internal.example.com/", false],
    ["https://internal.example.com evil.tld", false],
    ["https://evil.tld#https://internal.example.com", false],
    ["https://internal.example.com:*", false],
    ["http://localhost, https://evil.tld", false],
    ["null", false],
    ["", false],
    ["*", false],
  ])("%s → %s", (origin, allowed) => {
    expect(originAllowed(origin, list)).toBe(allowed);
  });

  it("takes a pattern without a port for the scheme's own, and one with a port as it stands", () => {
    const strict = ["https://a.example", "http://[::1]:80", "https://b.example:8443"];
    for (const origin of ["https://a.example", "https://a.example:443", "http://[::1]", "https://b.example:8443"])
      expect(originAllowed(origin, strict)).toBe(true);
    for (const origin of ["https://a.example:8443", "http://a.example", "http://[::1]:8080", "https://b.example"])
      expect(originAllowed(origin, strict)).toBe(false);
  });

  it.each(["internal.example.com", "https://*.example.com", "*", "wss://a.example", "https://a.example/", "null", ""])(
    "knows that %j can match nothing",
    (pattern) => {
      expect(isOriginPattern(pattern)).toBe(false);
      expect(
        ["https://a.example", "https://internal.example.com", "null"].some((one) => originAllowed(one, [pattern])),
      ).toBe(false);
    },
  );

  it("knows a page of the supervisor's own", () => {
    expect(isSameOrigin("http://host:8421", "host:8421", false)).toBe(true);
    expect(isSameOrigin("https://host", "host:443", true)).toBe(true);
    expect(isSameOrigin("http://host:8421", "host:8421", true)).toBe(false);
    expect(isSameOrigin("http://evil.tld", "host:8421", false)).toBe(false);
    expect(isSameOrigin("null", undefined, false)).toBe(false);
  });

  it("restricts nothing with an empty list", () => {
    expect(originAllowed("https://anywhere.example", [])).toBe(true);
  });
});

describe("nodeStatus", () => {
  const up: NodeFacts = {
    connected: true,
    connectedAt: 0,
    lastHeartbeatAt: 100_000,
    disconnectedAt: null,
    disconnectReason: null,
    opencode: { state: "up", version: "1.18.33", tested: true, since: 0 },
    projects: [],
  };
  const liveness = { now: 100_000, intervalMs: 30_000, timeoutMs: 90_000, listeningSince: 0 };

  it.each<[string, Partial<NodeFacts>, number, string, string]>([
    ["online", {}, 100_000, "online", "opencode 1.18.33 is up"],
    [
      "degraded without opencode",
      { opencode: { state: "missing", reason: "no opencode on PATH", since: 0 } },
      100_000,
      "degraded",
      "opencode is missing: no opencode on PATH",
    ],
    [
      "degraded with an untested one",
      { opencode: { state: "up", version: "2.0.0", tested: false, since: 0 } },
      100_000,
      "degraded",
      "opencode 2.0.0 is outside",
    ],
    [
      "degraded at 89 s of silence",
      { connected: false, disconnectReason: "connection lost (1006)" },
      189_000,
      "degraded",
      "offline in 1 s unless it comes back",
    ],
    [
      "offline at 91 s of silence",
      { connected: false, disconnectReason: "connection lost (1006)" },
      191_000,
      "offline",
      "no heartbeat for 91 s (3 missed), connection lost",
    ],
    [
      "offline at once when stopped",
      { connected: false, disconnectedAt: 100_000, disconnectReason: "the agent was stopped" },
      101_000,
      "offline",
      "the agent was stopped 1 s ago",
    ],
  ])("is %s", (_name, changes, now, status, reason) => {
    const judged = nodeStatus({ ...up, ...changes }, { ...liveness, now });
    expect(judged.status).toBe(status);
    expect(judged.reason).toContain(reason);
  });
});

it("reads back the cursors that it writes, and refuses another log's", () => {
  expect(parseCursor("log", formatCursor("log", 42))).toBe(42);
  expect(() => parseCursor("log", "gol:42")).toThrow("another event log");
  expect(() => parseCursor("log", "42")).toThrow("not a cursor");
});
