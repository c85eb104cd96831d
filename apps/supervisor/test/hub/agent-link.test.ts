import { copyFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startStage, type Stage } from "../support/start.ts";
import { connected, dial, event, events, hello, NODE_ID, type Peer } from "../support/socket.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await startStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

async function connect(changes: Record<string, unknown> = {}): Promise<Peer & { welcome: Record<string, unknown> }> {
  const peer = await dial(stage.supervisor.port);
  peer.send(hello(changes));
  return Object.assign(peer, { welcome: await peer.next("welcome") });
}

async function data(path: string): Promise<Record<string, unknown>[]> {
  const body = (await (await stage.get(`/api/v1${path}`)).json()) as { data: Record<string, unknown>[] };
  return body.data;
}

describe("the agent link", () => {
  it("welcomes a new node with a secret, and knows it again only by that secret", async () => {
    const first = await connect();
    const secret = first.welcome["secret"];
    expect(secret).toEqual(expect.any(String));
    expect(first.welcome["heartbeatIntervalMs"]).toBe(30_000);
    first.close();
    await first.closed;

    const second = await connect({ secret, connection: 2 });
    expect(second.welcome).not.toHaveProperty("secret");
    second.close();
    await second.closed;

    const thief = await dial(stage.supervisor.port);
    thief.send(hello({ instance: "run-9" }));
    expect(await thief.closed).toMatchObject({ code: 4004 });
  });

  it("is bound to the secret that was minted from the first moment on, though its welcome was lost", async () => {
    const first = await connect();
    first.terminate();
    const finder = (await (await stage.send("POST", "/api/v1/tokens", { name: "other", role: "agent" })).json()) as {
      data: { secret: string };
    };
    const thief = async (changes: object): Promise<unknown> => {
      const peer = await dial(stage.supervisor.port, { token: finder.data.secret });
      peer.send(hello({ instance: "run-9", ...changes }));
      return (await peer.closed).code;
    };
    expect(await thief({ secret: "made-up" })).toBe(4004);
    expect(await thief({})).toBe(4004);
    // it got its secret, or it did not: either way it comes in
    const kept = await connect({ secret: first.welcome["secret"], connection: 2 });
    expect(kept.welcome).not.toHaveProperty("secret");
  });

  it("mints a secret again for a node that was not heard of with the first one, says so, and takes that one no more", async () => {
    const first = await connect();
    first.terminate();
    const second = await connect({ connection: 2 });
    expect(second.welcome["secret"]).toEqual(expect.any(String));
    expect(second.welcome["secret"]).not.toBe(first.welcome["secret"]);
    second.close();
    await second.closed;
    expect(stage.lines.join("")).toContain("is given another one");
    expect(await data("/audit?action=nodes.secret")).toMatchObject([{ target: NODE_ID, ip: "127.0.0.1" }]);
    const late = await dial(stage.supervisor.port);
    late.send(hello({ secret: first.welcome["secret"], connection: 3 }));
    expect(await late.closed).toMatchObject({ code: 4004, reason: expect.stringContaining("minted here") });
  });

  it("takes a word after the welcome for the proof that the secret is kept", async () => {
    const first = await connect();
    first.send(events(event(1, "session.busy")));
    await first.next("ack");
    first.close();
    await first.closed;
    const thief = await dial(stage.supervisor.port);
    thief.send(hello({ instance: "run-9" }));
    expect(await thief.closed).toMatchObject({
      code: 4004,
      reason: expect.stringMatching(/did not show it; see: halctl nodes remove$/),
    });
  });

  it("puts into the audit from where else a node comes, and with which token", async () => {
    const first = await connect();
    first.close();
    await first.closed;
    const node = { id: NODE_ID, hostname: "elsewhere", version: "0.1.0", os: "linux", arch: "x64" };
    await connect({ secret: first.welcome["secret"], connection: 2, node });
    expect(await data("/audit?action=nodes.connect")).toMatchObject([
      { target: NODE_ID, args: { host: "elsewhere", host_before: "box" } },
    ]);
  });

  it("acknowledges what is committed, drops repeats, and closes on a hole", async () => {
    const peer = await connect();
    peer.send(events(event(1, "session.busy"), event(2, "session.idle")));
    expect(await peer.next("ack")).toMatchObject({ epoch: "e1", seq: 2 });
    peer.send(events(event(2, "session.idle"), event(3, "session.busy")));
    expect(await peer.next("ack")).toMatchObject({ seq: 3 });
    peer.send(events(event(5, "session.idle")));
    expect(await peer.closed).toMatchObject({ code: 4005, reason: "event 4 is missing" });
    expect((await data("/events")).filter(({ type }) => String(type).startsWith("session."))).toHaveLength(3);
  });

  it("says after a restart where to go on", async () => {
    const peer = await connect();
    peer.send(events(event(1, "session.busy"), event(2, "session.idle")));
    await peer.next("ack");
    await stage.restart();
    expect((await peer.closed).code).toBe(1001);
    const again = await connect({
      secret: peer.welcome["secret"],
      outbox: { epoch: "e1", firstSeq: 3, lastSeq: 4, acked: 2 },
    });
    expect(again.welcome).toMatchObject({ acknowledged: { epoch: "e1", seq: 2 }, resetEpoch: false });
  });

  it("has an outbox that is older than what was committed begin a new epoch", async () => {
    const peer = await connect();
    peer.send(events(event(1, "session.busy"), event(2, "session.idle")));
    await peer.next("ack");
    peer.close();
    await peer.closed;
    const restored = await connect({
      secret: peer.welcome["secret"],
      connection: 2,
      outbox: { epoch: "e1", firstSeq: 0, lastSeq: 1, acked: 1 },
    });
    expect(restored.welcome["resetEpoch"]).toBe(true);
  });

  it("has an outbox begin a new epoch that does not know the run that had it last, whatever it holds", async () => {
    const outbox = { epoch: "e1", firstSeq: 0, lastSeq: 0, acked: 0 };
    const first = await connect({ outbox: { ...outbox, instances: ["run-1"] } });
    const { secret } = first.welcome;
    const again = async (instance: string, instances: readonly string[]): Promise<unknown> => {
      const peer = await connect({ secret, instance, outbox: { ...outbox, instances } });
      peer.close();
      await peer.closed;
      return peer.welcome["resetEpoch"];
    };
    first.close();
    await first.closed;
    expect(await again("run-2", ["run-1", "run-2"])).toBe(false);
    // a copy from before run-2 was restored, and started twice
    expect(await again("run-3", ["run-1", "run-3"])).toBe(true);
    expect(await again("run-4", ["run-1", "run-3", "run-4"])).toBe(true);
    expect(await again("run-5", ["run-1", "run-2", "run-5"])).toBe(false);
  });

  it("says that its log was restored from an older copy, and asks for what it lost", async () => {
    const peer = await connect();
    peer.send(events(event(1, "session.busy")));
    await peer.next("ack");
    const [lost] = await data("/events");
    const copy = `${stage.database}.copy`;
    await stage.restart(() => copyFile(stage.database, copy));
    const { secret } = peer.welcome;
    const logId = (peer.welcome["supervisor"] as { logId: string }).logId;
    const outbox = { epoch: "e1", firstSeq: 1, lastSeq: 1, acked: 1, logId };
    const second = await connect({ secret, connection: 2, outbox });
    second.send(events(event(2, "session.idle"), event(3, "session.busy")));
    await second.next("ack");
    await stage.restart(() => copyFile(copy, stage.database));

    const third = await connect({ secret, connection: 3, outbox: { ...outbox, lastSeq: 3, acked: 3 } });
    expect(third.welcome).toMatchObject({ acknowledged: { epoch: "e1", seq: 1 } });
    expect((third.welcome["supervisor"] as { logId: string }).logId).not.toBe(logId);
    expect(await data("/events?type=gap")).toMatchObject([
      { node_id: NODE_ID, data: { from: 2, to: 3, reason: "supervisor_restored" } },
      { node_id: null, data: { reason: "supervisor_restored" } },
    ]);
    expect(stage.lines.join("")).toContain("its event log begins a new life");
    expect(stage.lines.join("")).toContain("older than what it acknowledged");
    const stale = await stage.get("/api/v1/events/stream", undefined, { "last-event-id": String(lost?.["cursor"]) });
    expect(stale.status).toBe(410);
    third.send(events(event(2, "session.idle"), event(3, "session.busy")));
    expect(await third.next("ack")).toMatchObject({ seq: 3 });
  });

  it("takes an agent of another supervisor for what it is: nothing was lost here", async () => {
    const moved = await connect({ outbox: { epoch: "e1", firstSeq: 3, lastSeq: 4, acked: 4, logId: "elsewhere" } });
    expect(moved.welcome).toMatchObject({ acknowledged: { epoch: "e1", seq: 0 } });
    expect(await data("/events?type=gap")).toEqual([]);
  });

  it("refuses a cursor that is ahead of the log", async () => {
    const peer = await connect();
    const { logId } = peer.welcome["supervisor"] as { logId: string };
    const ahead = await stage.get("/api/v1/events/stream", undefined, { "last-event-id": `${logId}:999` });
    expect(ahead.status).toBe(410);
  });

  // I4
  it("closes on a frame of events that does not fit, and nothing of it is kept", async () => {
    const peer = await connect();
    peer.send(events(event(1, "session.busy"), event(0, "session.idle")));
    expect((await peer.closed).code).toBe(4000);
    expect((await data("/events")).filter(({ type }) => String(type).startsWith("session."))).toEqual([]);
  });

  it.each<[string, (peer: Peer) => void, number]>([
    [
      "anything before hello",
      (peer) => peer.send({ type: "heartbeat", at: 1, opencode: { state: "up", since: 1 }, outbox: { depth: 0 } }),
      4001,
    ],
    ["a binary frame", (peer) => peer.raw(Buffer.from("{}")), 4000],
    ["text that is not JSON", (peer) => peer.raw("{"), 4000],
    ["JSON that is no frame", (peer) => peer.raw("[1]"), 4000],
    ["events before hello", (peer) => peer.send(events(event(1, "session.busy"))), 4001],
    ["a first frame of something else", (peer) => peer.send({ version: 1, type: "credential_sync" }), 4001],
    ["a hello that does not fit", (peer) => peer.send({ type: "hello" }), 4000],
    ["a version without overlap", (peer) => peer.send(hello({ protocol: { min: 7, max: 9 } })), 4002],
  ])("closes on %s", async (_name, act, code) => {
    const peer = await dial(stage.supervisor.port);
    act(peer);
    expect((await peer.closed).code).toBe(code);
  });

  it("says to somebody who speaks something else what is spoken here, and the log has it", async () => {
    const foreign = await dial(stage.supervisor.port);
    foreign.send({ version: 1, type: "credential_sync" });
    expect((await foreign.closed).reason).toBe(
      "unknown frame type credential_sync; hal.agent.v1 begins with hello, protocol 1-1",
    );
    expect(stage.lines.join("")).toContain("credential_sync");
  });

  it("tells operators who was refused, from where, why and how often, until they are let in", async () => {
    const refused = () => data("/refused-agents");
    const first = await connect();
    await expect(dial(stage.supervisor.port, { token: "wrong" })).rejects.toThrow("401");
    for (const instance of ["run-8", "run-9"]) {
      const thief = await dial(stage.supervisor.port);
      thief.send(hello({ secret: "made-up", instance }));
      await thief.closed;
    }
    const foreign = await dial(stage.supervisor.port);
    foreign.send({ version: 1, type: "credential_sync" });
    await foreign.closed;
    const address = "127.0.0.1";
    expect(await refused()).toMatchObject([
      { address, code: 4001, count: 1, node_id: null, reason: expect.stringContaining("credential_sync") },
      { address, code: 4004, count: 2, node_id: NODE_ID, reason: expect.stringContaining("node secret") },
      { address, code: 401, count: 1, node_id: null },
    ]);
    first.close();
    await first.closed;
    await connect({ secret: first.welcome["secret"], connection: 2 });
    expect((await refused()).map(({ code }) => code)).toEqual([4001, 401]);
  });

  it("takes nothing that still comes on a link that was replaced", async () => {
    const old = await connect();
    // it does not hear yet that it was replaced
    old.pause();
    const newer = await connect({ secret: old.welcome["secret"], connection: 2 });
    old.send(events(event(1, "session.busy")));
    old.send({ type: "bye", reason: "stopped" });
    old.resume();
    expect((await old.closed).code).toBe(4003);
    expect(await data("/nodes")).toMatchObject([{ status: "online" }]);
    newer.send(events(event(1, "session.idle")));
    expect(await newer.next("ack")).toMatchObject({ seq: 1 });
    expect(
      (await data("/events")).map(({ type }) => type).filter((type) => String(type).startsWith("session.")),
    ).toEqual(["session.idle"]);
  });

  it("closes on a second hello and on an oversized frame, and nobody else is affected", async () => {
    const good = await connect();
    const other = { id: "01900000-0000-7000-8000-00000000000b", hostname: "b", version: "0", os: "linux", arch: "x64" };
    const twice = await connect({ node: other });
    twice.send(hello({ node: other }));
    expect((await twice.closed).code).toBe(4001);
    const huge = await dial(stage.supervisor.port);
    huge.raw("x".repeat(1024 * 1024 + 1));
    expect((await huge.closed).code).toBe(1009);
    good.send(events(event(1, "session.busy")));
    expect(await good.next("ack")).toMatchObject({ seq: 1 });
  });

  it("keeps an event whose envelope does not fit, and goes on behind it", async () => {
    const peer = await connect();
    peer.send(events(event(1, "session.busy"), event(2, "x".repeat(65)), event(3, "session.idle")));
    expect(await peer.next("ack")).toMatchObject({ seq: 3 });
    expect(await data("/events?type=event.invalid")).toHaveLength(1);
  });

  // I1
  it("acknowledges nothing that it could not commit, and takes it when it can", async () => {
    const peer = await connect();
    const { DatabaseSync } = await import("node:sqlite");
    const other = new DatabaseSync(stage.database, { timeout: 10_000 });
    other.exec("create trigger no_room before insert on cursors begin select raise(abort, 'no room'); end");
    peer.send(events(event(1, "session.busy")));
    expect((await peer.closed).code).toBe(1013);
    other.exec("drop trigger no_room");
    other.close();
    expect((await data("/events")).filter(({ type }) => type === "session.busy")).toEqual([]);
    const again = await connect({ secret: peer.welcome["secret"], connection: 2 });
    again.send(events(event(1, "session.busy")));
    expect(await again.next("ack")).toMatchObject({ seq: 1 });
  });

  it("lets no connection of a run replace a newer one of it", async () => {
    const newer = await connect({ connection: 2 });
    const late = await dial(stage.supervisor.port);
    late.send(hello({ secret: newer.welcome["secret"], connection: 1 }));
    expect((await late.closed).code).toBe(4003);
    newer.send(events(event(1, "session.busy")));
    expect(await newer.next("ack")).toMatchObject({ seq: 1 });
  });

  it("ignores a frame type that it does not know", async () => {
    const peer = await connect();
    peer.send({ type: "telepathy", thought: 1 });
    peer.send(events(event(1, "session.busy")));
    expect(await peer.next("ack")).toMatchObject({ seq: 1 });
  });

  it("refuses a wrong token before the upgrade, and a foreign origin where a list is set", async () => {
    await expect(dial(stage.supervisor.port, { token: "wrong" })).rejects.toThrow("401");
    const strict = await startStage({}, { security: { origin_allowlist: ["http://localhost:*"] } });
    await expect(dial(strict.supervisor.port, { origin: "https://evil.example" })).rejects.toThrow("403");
    (await dial(strict.supervisor.port, { origin: "http://localhost:5173" })).close();
    (await dial(strict.supervisor.port)).close();
    await strict[Symbol.asyncDispose]();
  });

  it("lets the newer connection of one run replace the older, and refuses a live rival", async () => {
    const old = await connect();
    const { secret } = old.welcome;
    const newer = await connect({ secret, connection: 2 });
    expect((await old.closed).code).toBe(4003);
    const rival = await dial(stage.supervisor.port);
    rival.send(hello({ secret, instance: "run-2" }));
    expect((await rival.closed).code).toBe(4006);
    newer.send(events(event(1, "session.busy")));
    expect(await newer.next("ack")).toMatchObject({ seq: 1 });
  });

  it("lets only one of two in that come at the same moment with one identity", async () => {
    const { secret } = (await connect()).welcome;
    await stage.restart();
    const peers = await Promise.all(["run-a", "run-b"].map(() => dial(stage.supervisor.port)));
    peers.forEach((peer, index) => peer.send(hello({ secret, instance: `run-${index}` })));
    const closed = await Promise.race(peers.map((peer) => peer.closed));
    expect(closed.code).toBe(4006);
    expect(peers.reduce((sum, peer) => sum + peer.count("welcome"), 0)).toBe(1);
  });

  it("shows a node that said goodbye as offline at once, with its sessions unreachable", async () => {
    const peer = await connect();
    peer.send(events(event(1, "session.busy")));
    await peer.next("ack");
    expect(await data("/nodes")).toMatchObject([{ id: NODE_ID, status: "online" }]);
    peer.send({ type: "bye", reason: "stopped" });
    peer.close();
    await expect
      .poll(() => data("/nodes"))
      .toMatchObject([{ status: "offline", reason: expect.stringContaining("the agent was stopped") }]);
    expect(await data("/sessions")).toMatchObject([
      { status: "unreachable", reason: expect.stringContaining("it was busy") },
    ]);
    expect((await data("/events?type=node.offline")).length).toBe(1);
  });
});

describe("a node whose clock goes wrong", () => {
  it("is told of with how far it is ahead, whatever one late heartbeat says", async () => {
    const now = 1_700_000_000_000;
    await using own = await startStage({}, {}, { clock: { now: () => now, monotonic: () => performance.now() } });
    const peer = await connected(own);
    const ahead = async (): Promise<number | null> => {
      const { data: nodes } = (await (await own.get("/api/v1/nodes")).json()) as {
        readonly data: { readonly clock_ahead_ms: number | null }[];
      };
      return nodes[0]?.clock_ahead_ms ?? null;
    };
    expect(await ahead()).toBeNull();
    const beat = (at: number): void =>
      peer.send({ type: "heartbeat", at, opencode: { state: "up", since: 1 }, outbox: { depth: 0 } });
    beat(now + 90_000);
    await expect.poll(ahead).toBe(90_000);
    beat(now + 60_000);
    peer.send(events(event(1, "session.busy")));
    await peer.next("ack");
    expect(await ahead()).toBe(90_000);
    beat(now);
    beat(now);
    await expect.poll(ahead).toBe(0);
  });
});

describe("a silent node", () => {
  it("is offline after the missed heartbeats, with the count in the reason", async () => {
    await using quick = await startStage({ heartbeat_interval_sec: 0.2, heartbeat_timeout_count: 3 });
    const peer = await connected(quick);
    expect((await peer.closed).code).toBe(4007);
    await expect
      .poll(async () => ((await (await quick.get("/api/v1/nodes")).json()) as { data: unknown }).data)
      .toMatchObject([{ status: "offline", reason: expect.stringMatching(/no heartbeat for .* missed\)/) }]);
  });
});
