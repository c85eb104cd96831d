import { describe, expect, it } from "vitest";
import { type NodeFacts, nodeStatus } from "../../src/capabilities/nodes/domain/node-status.ts";

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
