import type { EventView, NodeView } from "@hal/protocol";
import { describe, expect, it } from "vitest";
import { type NodeFacts, nodeStatus } from "../../src/capabilities/nodes/domain/node-status.ts";
import { dial, hello } from "../support/socket.ts";
import { startStage } from "../support/start.ts";

const silent: NodeFacts = {
  connected: false,
  connectedAt: 0,
  lastHeartbeatAt: 100_000,
  disconnectedAt: 100_000,
  disconnectReason: "connection lost (1006)",
  opencode: { state: "up", version: "1.18.33", tested: true, since: 0 },
  projects: [],
};

const statusAt = (now: number, listeningSince = 0, facts: Partial<NodeFacts> = {}): string =>
  nodeStatus({ ...silent, ...facts }, { now, intervalMs: 30_000, timeoutMs: 90_000, listeningSince }).status;

describe("a node that fell silent, with a time-out of 90 s", () => {
  it("is offline one millisecond after it, and not at it", () => {
    expect([statusAt(189_999), statusAt(190_000), statusAt(190_001)]).toEqual(["degraded", "degraded", "offline"]);
  });

  it("says how long it has left, down to nothing", () => {
    const reasonAt = (now: number): string =>
      nodeStatus(silent, { now, intervalMs: 30_000, timeoutMs: 90_000, listeningSince: 0 }).reason;
    expect(reasonAt(100_000)).toContain("offline in 90 s unless it comes back");
    expect(reasonAt(190_000)).toContain("offline in 0 s unless it comes back");
  });

  it("has all of it again after a supervisor that was away for longer", () => {
    const back = 10_000_000;
    expect([statusAt(back, back), statusAt(back + 90_000, back), statusAt(back + 90_001, back)]).toEqual([
      "degraded",
      "degraded",
      "offline",
    ]);
    expect(statusAt(back, back, { lastHeartbeatAt: null })).toBe("degraded");
  });

  it("is offline at once where it said goodbye, however short ago it was heard", () => {
    expect(statusAt(100_000, 0, { disconnectReason: "the agent was stopped" })).toBe("offline");
  });
});

describe("a supervisor that was away for longer than the time-out", () => {
  it("takes its own silence for no node's, and a node's own one from then on for what it is", async () => {
    let now = Date.UTC(2026, 2, 8);
    await using stage = await startStage({}, {}, { clock: { now: () => now, monotonic: () => performance.now() } });
    const read = async <T>(path: string): Promise<T[]> =>
      ((await (await stage.get(`/api/v1${path}`)).json()) as { data: T[] }).data;
    const node = async (): Promise<string> => (await read<NodeView>("/nodes")).map(({ reason }) => reason).join();
    const greet = async (changes: object): Promise<unknown> => {
      const agent = await dial(stage.supervisor.port);
      agent.send(hello({ ...changes }));
      return (await agent.next("welcome"))["secret"];
    };
    const away = (): Promise<void> => stage.restart(async () => void (now += 86_400_000));
    const secret = await greet({});
    await away();
    expect(await node()).toMatch(/^degraded: .*offline in 90 s unless it comes back$/);
    await greet({ secret, connection: 2 });
    expect(await node()).toMatch(/^online/);
    expect(await read<EventView>("/events?type=node.offline")).toEqual([]);
    await away();
    now += 90_000;
    expect(await node()).toMatch(/^degraded: .*offline in 0 s unless it comes back$/);
    now += 1;
    expect(await node()).toMatch(/^offline: no heartbeat for/);
    await expect.poll(async () => (await read<EventView>("/events?type=node.offline")).length).toBe(1);
  });
});
