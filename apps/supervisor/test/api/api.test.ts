import { readFile } from "node:fs/promises";
import { OPERATIONS } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connected, dial, event, events, type Peer } from "../support/socket.ts";
import { startStage, type Stage, TOKEN } from "../support/start.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

describe("the HTTP API", () => {
  it("answers every failure in the envelope", async () => {
    const cases: [Promise<Response>, number, string][] = [
      [stage.get("/api/v1/nodes", "wrong"), 401, "AUTH_REQUIRED"],
      [stage.get("/api/v1/nowhere"), 404, "NOT_FOUND"],
      [stage.get("/nowhere"), 404, "NOT_FOUND"],
      [stage.send("DELETE", "/api/v1/sessions", undefined), 405, "METHOD_NOT_ALLOWED"],
      [stage.get("/api/v1/sessions/ses_none"), 404, "NOT_FOUND"],
      [stage.get("/api/v1/sessions?status=asleep"), 400, "VALIDATION_ERROR"],
      [stage.get("/api/v1/events?since=yesterday"), 400, "VALIDATION_ERROR"],
      [stage.get("/api/v1/events/stream?after=other:1"), 410, "CURSOR_LOST"],
      [stage.send("POST", "/api/v1/sessions", "{broken"), 400, "BAD_REQUEST"],
      [stage.send("POST", "/api/v1/sessions", { project: "x".repeat(1024 * 1024) }), 413, "PAYLOAD_TOO_LARGE"],
    ];
    for (const [asked, status, code] of cases) {
      const response = await asked;
      const body = (await response.json()) as Record<string, unknown>;
      expect({ status: response.status, code: body["code"] }).toEqual({ status, code });
      expect(body["error"]).toEqual(expect.any(String));
    }
    expect((await stage.send("PUT", "/api/v1/sessions", {})).headers.get("allow")).toBe("GET, POST");
  });

  it("has a route for every operation", async () => {
    for (const operation of Object.values(OPERATIONS)) {
      if (operation.kind === "stream") continue;
      const path = `/api/v1${operation.path.replaceAll(/\{\w+\}/g, "x")}`;
      const response =
        operation.method === "GET" ? await stage.get(path) : await stage.send(operation.method, path, {});
      const { code } = (await response.json()) as { code?: string };
      expect([operation.name, code === "NOT_FOUND" ? "resolved" : response.status]).not.toEqual([operation.name, 405]);
      expect(response.status).toBeLessThan(500);
    }
  });

  it("is healthy and ready without a token, and shows the guide's metrics from the first scrape", async () => {
    const bare = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${stage.supervisor.httpPort}${path}`);
    expect(await (await bare("/healthz")).json()).toMatchObject({ status: "healthy" });
    const ready = await bare("/readyz");
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({
      components: { database: { status: "ok" }, cost_aggregator: { status: "disabled" } },
    });
    const metrics = await (await bare("/metrics")).text();
    for (const line of [
      'hal_o_swarm_commands_total{type="session.start",status="succeeded"} 0',
      'hal_o_swarm_events_total{type="session.idle"} 0',
      "hal_o_swarm_connections_active 0",
      'hal_o_swarm_sessions_active{status="busy"} 0',
      "hal_o_swarm_nodes_online 0",
      'hal_o_swarm_command_duration_seconds_bucket{le="60",type="session.start"} 0',
    ])
      expect(metrics).toContain(line);
  });

  it("streams events by cursor, and goes on behind Last-Event-ID", async () => {
    await using own = await startStage();
    const agent = await connected(own);
    agent.send(events(event(1, "session.busy"), event(2, "session.idle")));
    await agent.next("ack");
    const list = (await (await own.get("/api/v1/events?type=session.busy")).json()) as { data: { cursor: string }[] };
    const leave = new AbortController();
    const response = await fetch(`http://127.0.0.1:${own.supervisor.httpPort}/api/v1/events/stream`, {
      headers: { authorization: `Bearer ${TOKEN}`, "last-event-id": list.data[0]?.cursor ?? "" },
      signal: leave.signal,
    });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    agent.send(events(event(3, "session.busy")));
    let text = "";
    const decoder = new TextDecoder();
    for await (const piece of response.body as AsyncIterable<Uint8Array>) {
      text += decoder.decode(piece);
      if (text.includes("session.busy")) break;
    }
    leave.abort();
    expect(text.indexOf("session.idle")).toBeGreaterThan(0);
    expect(text.indexOf("session.idle")).toBeLessThan(text.indexOf("session.busy"));
  });

  it("says on the WebSocket port what it is, and on neither port a secret", async () => {
    const response = await fetch(`http://127.0.0.1:${stage.supervisor.port}/`);
    expect(response.status).toBe(426);
    expect(await response.text()).toContain("WebSocket port of hal-supervisor");
    expect(stage.lines.join("")).not.toContain(TOKEN);
  });
});

describe("the control channel", () => {
  it("answers the same operations with the same errors, and streams until it is cancelled", async () => {
    const control = await dial(stage.supervisor.port, { protocol: "hal.control.v1", path: "/ws/control" });
    control.send({ type: "call", id: "1", operation: "nodes.list" });
    expect(await control.next("reply")).toMatchObject({ id: "1", ok: true, output: [], meta: { total: 0 } });
    control.send({ type: "call", id: "2", operation: "sessions.get", input: { ref: "nope" } });
    expect(await control.next("reply")).toMatchObject({ id: "2", ok: false, error: { code: "not_found" } });
    control.send({ type: "call", id: "3", operation: "rm.rf" });
    expect(await control.next("reply")).toMatchObject({
      ok: false,
      error: { code: "not_found", message: "no operation rm.rf" },
    });
    control.send({ type: "call", id: "4", operation: "events.stream", input: {} });
    control.send({ type: "cancel", id: "4" });
    expect(await control.next("end")).toMatchObject({ id: "4" });
    control.close();
  });

  it.each<[string, (control: Peer) => void, number]>([
    ["a binary frame", (control) => control.raw(Buffer.from("{}")), 4000],
    ["text that is not JSON", (control) => control.raw("{"), 4000],
    ["a call that does not fit", (control) => control.send({ type: "call", id: "" }), 4000],
    ["an oversized frame", (control) => control.raw("x".repeat(1024 * 1024 + 1)), 1009],
  ])("closes on %s, and nobody else is affected", async (_name, act, code) => {
    const control = (): Promise<Peer> => dial(stage.supervisor.port, { protocol: "hal.control.v1" });
    const [bad, good] = [await control(), await control()];
    act(bad);
    expect((await bad.closed).code).toBe(code);
    good.send({ type: "telepathy" });
    good.send({ type: "call", id: "1", operation: "nodes.list" });
    expect(await good.next("reply")).toMatchObject({ id: "1", ok: true });
    good.close();
  });

  it("takes so many calls at once and no more, and never two with one id", async () => {
    const control = await dial(stage.supervisor.port, { protocol: "hal.control.v1" });
    for (let call = 1; call <= 33; call += 1)
      control.send({ type: "call", id: String(call), operation: "events.stream", input: {} });
    expect(await control.next("reply")).toMatchObject({ id: "33", error: { code: "rate_limited" } });
    control.send({ type: "call", id: "1", operation: "nodes.list" });
    expect(await control.next("reply")).toMatchObject({ id: "1", ok: false });
    control.close();
  });

  it("works without HTTP", async () => {
    await using bare = await startStage({ http_port: 0 });
    expect(bare.supervisor.httpPort).toBeUndefined();
    const control = await dial(bare.supervisor.port, { protocol: "hal.control.v1" });
    control.send({ type: "call", id: "1", operation: "status.get" });
    expect(await control.next("reply")).toMatchObject({ ok: true });
    control.close();
  });
});

describe("a port that is taken", () => {
  it("is fatal and named", async () => {
    const { createServer } = await import("node:net");
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as { port: number };
    const { createServer: createHttp } = await import("node:http");
    const { listen } = await import("../../src/gate/listen.ts");
    await expect(listen(createHttp(), { port, host: "127.0.0.1", key: "server.port" })).rejects.toThrow(
      `port ${port} (server.port) is taken by another program`,
    );
    other.close();
  });
});

it("reads the deployment guide's configuration as it stands", async () => {
  const { parseConfig } = await import("@hal/daemon");
  const { adviceOn, SupervisorConfig } = await import("../../src/config.ts");
  const guide = JSON.parse(await readFile(new URL("../guide.config.json", import.meta.url), "utf8")) as unknown;
  const { config, warnings } = parseConfig(SupervisorConfig, guide, { env: {} });
  expect(warnings).toEqual([]);
  expect(config.server).toMatchObject({
    port: 8420,
    http_port: 8421,
    heartbeat_interval_sec: 30,
    heartbeat_timeout_count: 3,
  });
  expect(config.database.path).toBe("/var/lib/hal-o-swarm/supervisor.db");
  expect(adviceOn(config).join("\n")).toContain("server.auth_token is a placeholder");
});
