import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connected, event, events, NODE_ID } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

describe("the routes of v1", () => {
  const READ = ["id", "node_id", "project", "status", "tokens", "cost", "started_at"];
  const NODE = ["id", "hostname", "status", "last_heartbeat", "connected_at"];
  const EVENT = ["id", "session_id", "type", "data", "timestamp"];
  const COST = ["period", "total_tokens", "total_cost_usd", "by_provider", "by_model", "by_project"];

  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage();
    const agent = await connected(stage);
    agent.send(events(event(1, "session.busy")));
    await agent.next("ack");
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  it.each<[string, string[]]>([
    ["/sessions", READ],
    ["/sessions?project=p1&status=running&limit=x", READ],
    ["/sessions/ses_one", READ],
    ["/nodes", NODE],
    [`/nodes/${NODE_ID}`, NODE],
    ["/events?session_id=ses_one&type=session.busy&since=2026-01-01T00:00:00Z", EVENT],
    ["/cost", [...COST, "degraded_providers", "total_cost", "session_count", "tokens_used"]],
    ["/cost?period=week", COST],
    ["/cost/month", COST],
  ])("GET %s has the fields, in the envelope, for whoever has a token", async (path, fields) => {
    const response = await stage.get(`/api/v1${path}`);
    expect(response.status).toBe(200);
    const { data, meta } = (await response.json()) as { data: object; meta?: { total: number } };
    const row: object = Array.isArray(data) ? (data[0] as object) : data;
    expect(Object.keys(row)).toEqual(expect.arrayContaining(fields));
    expect(meta?.total).toBe(Array.isArray(data) ? data.length : undefined);
    const refused = await stage.get(`/api/v1${path}`, "wrong");
    expect([refused.status, await refused.json()]).toEqual([401, { error: expect.any(String), code: "AUTH_REQUIRED" }]);
  });

  it.each(["/sessions/ses_nobody", "/nodes/nobody"])("GET %s is 404 in the envelope", async (path) => {
    const response = await stage.get(`/api/v1${path}`);
    expect([response.status, await response.json()]).toMatchObject([404, { code: "NOT_FOUND" }]);
  });

  it.each([
    ["GET", `/nodes/${NODE_ID}/auth`],
    ["GET", "/auth/drift"],
    ["GET", "/env/status/p1"],
    ["GET", "/agentmd/diff/p1"],
    ["POST", "/commands/credentials/push"],
    ["POST", "/oauth/trigger"],
  ])("%s %s, of which nothing is here, is 404 in the envelope and never a success", async (method, path) => {
    const response = await stage.send(method, `/api/v1${path}`, method === "GET" ? undefined : {});
    expect([response.status, await response.json()]).toMatchObject([404, { code: "NOT_FOUND" }]);
  });
});
