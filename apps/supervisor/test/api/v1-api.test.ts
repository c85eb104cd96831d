import { createHash } from "node:crypto";
import { OPERATIONS } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dial, event, events, hello, NODE_ID, type Peer } from "../support/socket.ts";
import { startStage, type Stage, TOKEN } from "../support/start.ts";

interface V1Answer {
  readonly data?: {
    readonly command_id: string;
    readonly status: string;
    readonly output: string;
    readonly timestamp: string;
  };
  readonly error?: string;
  readonly code?: string;
  readonly details?: { readonly command_id?: string; readonly status?: string; readonly error?: string };
}

let stage: Stage;
let agent: Peer;
let secret: unknown;
let seq: number;
beforeEach(async () => {
  seq = 0;
  stage = await startStage();
  agent = await dial(stage.supervisor.port);
  agent.send(hello());
  ({ secret } = await agent.next("welcome"));
});
afterEach(() => stage[Symbol.asyncDispose]());

async function post(body: unknown, headers: Record<string, string> = {}): Promise<{ status: number; body: V1Answer }> {
  const response = await stage.send("POST", "/api/v1/commands", body, headers);
  return { status: response.status, body: (await response.json()) as V1Answer };
}

/** What the agent tells of the next command that comes. */
async function outcome(type: "succeeded" | "failed", data: object): Promise<Readonly<Record<string, unknown>>> {
  const command = await agent.next("command");
  const told = { commandId: command["id"], ...data };
  agent.send(
    events(event((seq += 1), `command.${type}`, told, { session: undefined, sourceKey: `c/${String(command["id"])}` })),
  );
  return command;
}

describe("POST /api/v1/commands", () => {
  it("starts, prompts and kills a project's session, in the words of v1", async () => {
    const started = post({ type: "create_session", target: "p1", args: { prompt: "hello" }, timeout: 60 });
    const command = await outcome("succeeded", { output: { sessionId: "ses_one", messageId: "msg_1" } });
    expect(command).toMatchObject({ command: "session.start", args: { project: "p1", prompt: "hello" } });
    expect(command["remainingMs"]).toBeLessThanOrEqual(60_000);
    expect(await started).toMatchObject({
      status: 200,
      body: {
        data: {
          command_id: command["id"],
          status: "success",
          output: "ses_one",
          timestamp: expect.stringMatching(/^20.*Z$/),
        },
      },
    });

    agent.send(events(event((seq += 1), "session.busy")));
    await agent.next("ack");
    const prompted = post({ type: "prompt_session", target: "p1", args: { prompt: "go on" } });
    expect(await outcome("succeeded", { output: { sessionId: "ses_one", messageId: "msg_2" } })).toMatchObject({
      command: "session.prompt",
      args: { sessionId: "ses_one", text: "go on" },
    });
    expect((await prompted).status).toBe(200);

    expect(await post({ type: "session_status", target: "p1" })).toMatchObject({
      status: 200,
      body: { data: { command_id: null, status: "success", output: "busy" } },
    });

    const killed = post({ type: "kill_session", target: "p1" });
    await outcome("succeeded", { output: { sessionId: "ses_one", ended: ["ses_one"] } });
    expect((await killed).body.data?.status).toBe("success");
  });

  it("takes the short names, too, and answers in JSON to those that commands have here", async () => {
    const short = post({ type: "start", target: "p1" });
    await outcome("succeeded", { output: { sessionId: "ses_one" } });
    expect((await short).body.data?.output).toBe("ses_one");
    const own = post({ type: "session.start", target: "p1" });
    await outcome("succeeded", { output: { sessionId: "ses_two" } });
    expect((await own).body.data?.output).toBe('{"sessionId":"ses_two"}');
    agent.send(events(event((seq += 1), "session.busy")));
    await agent.next("ack");
    const injected = post({ type: "inject", target: "p1", args: { session_id: "ses_one", message: "go on" } });
    expect(await outcome("succeeded", { output: { sessionId: "ses_one", messageId: "m" } })).toMatchObject({
      args: { sessionId: "ses_one", text: "go on" },
    });
    expect((await injected).body.data?.output).toBe("");
    expect((await post({ type: "status", target: "p1" })).body.data?.output).toBe("busy");
  });

  it("says by its status that a command failed, and why", async () => {
    const asked = post({ type: "create_session", target: "p1" });
    const { id } = await outcome("failed", { error: { code: "opencode_error", message: "it said no" } });
    expect(await asked).toEqual({
      status: 502,
      body: {
        error: "it said no",
        code: "OPENCODE_ERROR",
        details: { command_id: id, status: "failure", output: "", error: "it said no", timestamp: expect.any(String) },
      },
    });
  });

  it("says so when no outcome came in time, and where to look for it", async () => {
    const asked = await post({ type: "create_session", target: "p1", timeout: 1 });
    expect(asked).toMatchObject({ status: 504, body: { code: "TIMEOUT", details: { status: "timeout" } } });
    expect(asked.body.error).toContain(`GET /api/v1/commands/${asked.body.details?.command_id ?? "?"}`);
  });

  it("expires with its timeout while the node is away", async () => {
    agent.close();
    await agent.closed;
    expect(await post({ type: "create_session", target: "p1", timeout: 2 })).toMatchObject({
      status: 504,
      body: {
        code: "EXPIRED",
        details: { status: "timeout", error: "the node was not connected before the deadline" },
      },
    });
  });

  it.each([
    ["without a type", { target: "p1" }, 400, "VALIDATION_ERROR"],
    ["of an unknown type", { type: "self_destruct", target: "p1" }, 400, "VALIDATION_ERROR"],
    ["without a target", { type: "create_session" }, 400, "VALIDATION_ERROR"],
    ["for a project that is not there", { type: "create_session", target: "nowhere" }, 404, "NOT_FOUND"],
    ["for a session that is not there", { type: "kill_session", target: "nowhere" }, 404, "NOT_FOUND"],
    ["that is a list", [], 400, "BAD_REQUEST"],
  ])("refuses a body %s", async (_name, body, status, code) => {
    expect(await post(body)).toMatchObject({ status, body: { code, error: expect.any(String) } });
  });

  it("does it once under one key, in the body or the header", async () => {
    const body = { type: "create_session", target: "p1", idempotency_key: "k" };
    const first = post(body);
    await outcome("succeeded", { output: { sessionId: "ses_one" } });
    const { idempotency_key: key, ...bare } = body;
    expect((await post(bare, { "idempotency-key": key })).body).toEqual((await first).body);
    expect(await post({ ...body, target: "p2" })).toMatchObject({ status: 409, body: { code: "CONFLICT" } });
  });

  it("needs the role of what it asks for, and is in the audit as that", async () => {
    const made = await stage.send("POST", "/api/v1/tokens", { name: "eye", role: "viewer" });
    const { data } = (await made.json()) as { data: { secret: string } };
    const authorization = `Bearer ${data.secret}`;
    agent.send(events(event((seq += 1), "session.busy")));
    await agent.next("ack");
    expect(await post({ type: "kill_session", target: "p1" }, { authorization })).toMatchObject({
      status: 403,
      body: { code: "FORBIDDEN", error: "sessions.kill needs the role operator; this token is viewer" },
    });
    expect((await post({ type: "session_status", target: "p1" }, { authorization })).status).toBe(200);
    const asked = post({ type: "create_session", target: "p1", args: { prompt: "a secret thought" } });
    await outcome("succeeded", { output: { sessionId: "ses_one" } });
    await asked;
    await expect
      .poll(
        async () =>
          ((await (await stage.get("/api/v1/audit?action=sessions.start")).json()) as { data: unknown[] }).data,
      )
      .toMatchObject([{ actor: "shared-token", target: "p1", result: "ok", args: { prompt: "(16 characters)" } }]);
    const all = await (await stage.get("/api/v1/audit")).text();
    expect(all).toContain('"action":"sessions.kill"');
    expect(all).not.toContain("secret thought");
  });
});

describe("the v1 fields", () => {
  it("are in rows of sessions, nodes and events, and meta.total says how many there are", async () => {
    agent.send(events(event((seq += 1), "session.busy"), event((seq += 1), "session.idle")));
    await agent.next("ack");
    const rows = async (path: string) =>
      (await (await stage.get(`/api/v1${path}`)).json()) as {
        data: Record<string, unknown>[];
        meta: { total: number };
      };
    const sessions = await rows("/sessions?project=p1&status=&node_id=&limit=0");
    expect(sessions.meta.total).toBe(1);
    expect(sessions.data[0]).toMatchObject({
      id: "ses_one",
      node_id: NODE_ID,
      project: "p1",
      status: "idle",
      tokens: 0,
      cost: 0,
      started_at: expect.stringMatching(/Z$/),
    });
    expect((await rows("/nodes")).data[0]).toMatchObject({
      id: NODE_ID,
      hostname: "box",
      status: "online",
      last_heartbeat: expect.stringMatching(/Z$/),
      connected_at: expect.stringMatching(/Z$/),
    });
    const { data, meta } = await rows("/events?session_id=ses_one&limit=10");
    expect(meta).toEqual({ total: 2, limit: 10 });
    expect(
      data.map(({ id, session_id, type, data: inner, timestamp }) => ({ id, session_id, type, inner, timestamp })),
    ).toEqual([
      {
        id: expect.any(Number),
        session_id: "ses_one",
        type: "session.idle",
        inner: {},
        timestamp: expect.stringMatching(/Z$/),
      },
      {
        id: expect.any(Number),
        session_id: "ses_one",
        type: "session.busy",
        inner: {},
        timestamp: expect.stringMatching(/Z$/),
      },
    ]);
  });

  it("are in what /api/v1/health and /readyz say without a token", async () => {
    const bare = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${stage.supervisor.httpPort}${path}`);
    expect(await (await bare("/api/v1/health")).json()).toEqual({
      status: "healthy",
      components: { database: "ok", websocket_hub: "ok", command_dispatcher: "ok" },
      timestamp: expect.stringMatching(/Z$/),
    });
    expect(await (await bare("/readyz")).json()).toMatchObject({
      status: "healthy",
      components: { database: { status: "ok" }, cost_aggregator: { status: "disabled" } },
    });
  });
});

describe("a WebSocket on the HTTP port", () => {
  it("is as good as one on the other port, and holds no stop up", async () => {
    const port = stage.supervisor.httpPort as number;
    agent.close();
    await agent.closed;
    const other = await dial(port, { path: "/ws/agent" });
    other.send(hello({ secret, connection: 2 }));
    expect(await other.next("welcome")).toMatchObject({ acknowledged: { epoch: "e1" } });
    const control = await dial(port, { protocol: "hal.control.v1", path: "/ws/control" });
    control.send({ type: "call", id: "1", operation: "nodes.list" });
    expect(await control.next("reply")).toMatchObject({ ok: true, output: [{ status: "online" }] });
    await expect(dial(port, { path: "/ws/agent", token: "wrong" })).rejects.toThrow("401");
    await stage.supervisor[Symbol.asyncDispose]();
    // who was said goodbye to held nothing up; who was cut off has no such code
    expect([(await other.closed).code, (await control.closed).code]).toEqual([1001, 1001]);
    await stage.restart();
  });

  it("is what a plain request to its path is told", async () => {
    const response = await stage.get("/ws/agent");
    expect(response.status).toBe(426);
    expect(await response.json()).toMatchObject({ code: "UPGRADE_REQUIRED" });
  });
});

describe("the pages for people", () => {
  const pages = async (path: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${stage.supervisor.httpPort}${path}`);

  it("show every operation with its role and an example, and hold no script and nothing from elsewhere", async () => {
    const text = await (await pages("/docs")).text();
    for (const { name, role, method, path } of Object.values(OPERATIONS)) {
      const section = text.slice(text.indexOf(`<section class="operation" id="${name}">`));
      const own = section.slice(0, section.indexOf("</section>"));
      expect([name, own.includes(`<span class="role ${role}">`)]).toEqual([name, true]);
      expect(own).toContain(`<b class="${method}">${method}</b> <code>/api/v1${path}</code>`);
      expect(own).toContain("curl");
      expect(own).not.toContain("[object");
    }
    expect(text).not.toMatch(/<script|<img|<link|<iframe|\bon\w+=|javascript:/);
    expect(text.match(/\b(?:src|href)="(?!#|\/)[^"]*"/g)).toBeNull();
    expect(text).not.toContain(TOKEN);
    for (const [, target] of text.matchAll(/href="#([^"]+)"/g)) expect(text).toContain(`id="${target}"`);
  });

  it("allow their own stylesheet and nothing else", async () => {
    for (const path of ["/", "/docs"]) {
      const response = await pages(path);
      expect(response.headers.get("content-type")).toContain("text/html");
      const style = /<style>([\s\S]*?)<\/style>/.exec(await response.text())?.[1] ?? "";
      const hash = createHash("sha256").update(style).digest("base64");
      expect(response.headers.get("content-security-policy")).toBe(
        `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      );
    }
    expect(await (await pages("/")).text()).toContain('href="/docs"');
  });
});

describe("every other failure", () => {
  it.each<[string, RequestInit & { readonly path: string }, number, string]>([
    ["a path that is nowhere", { path: "/api/v2/sessions" }, 404, "NOT_FOUND"],
    ["a method that a page does not take", { path: "/docs", method: "POST" }, 405, "METHOD_NOT_ALLOWED"],
    ["a method that no path takes", { path: "/api/v1/commands", method: "PATCH" }, 405, "METHOD_NOT_ALLOWED"],
    ["a name that is not text", { path: "/api/v1/sessions/%E0%A4%A" }, 404, "NOT_FOUND"],
    ["JSON that is cut", { path: "/api/v1/commands", method: "POST", body: '{"type":' }, 400, "BAD_REQUEST"],
    [
      "a body that is too large",
      { path: "/api/v1/commands", method: "POST", body: " ".repeat(1024 * 1024 + 1) },
      413,
      "PAYLOAD_TOO_LARGE",
    ],
    [
      "a key that is empty",
      { path: "/api/v1/nodes/x/check", method: "POST", body: "{}", headers: { "idempotency-key": "" } },
      400,
      "BAD_REQUEST",
    ],
    [
      "a key that is empty, of sessions.start",
      {
        path: "/api/v1/sessions",
        method: "POST",
        body: '{"project":"x"}',
        headers: { "idempotency-key": "", "content-type": "application/json" },
      },
      400,
      "BAD_REQUEST",
    ],
    [
      "a key that is empty, in the body",
      {
        path: "/api/v1/commands",
        method: "POST",
        body: '{"type":"create_session","target":"x","args":{"prompt":"x"},"idempotency_key":""}',
        headers: { "content-type": "application/json" },
      },
      400,
      "VALIDATION_ERROR",
    ],
    [
      "a key that is too long",
      { path: "/api/v1/commands", method: "POST", body: "{}", headers: { "idempotency-key": "k".repeat(201) } },
      400,
      "BAD_REQUEST",
    ],
  ])("is in the envelope: %s", async (_name, { path, headers, ...init }, status, code) => {
    const response = await fetch(`http://127.0.0.1:${stage.supervisor.httpPort}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${TOKEN}`, ...(headers as Record<string, string>) },
    });
    expect({ status: response.status, body: await response.json() }).toMatchObject({
      status,
      body: { code, error: expect.any(String) },
    });
    expect(response.headers.get("allow") ?? "").toMatch(status === 405 ? /^(GET|POST|GET, POST)$/ : /^$/);
  });

  it("names the scheme where a token is missing", async () => {
    const response = await fetch(`http://127.0.0.1:${stage.supervisor.httpPort}/api/v1/status`);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe('Bearer realm="hal-o-swarm"');
  });
});
