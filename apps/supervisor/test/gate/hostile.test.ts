import { connect, type Socket } from "node:net";
import { type AuditView, LIMITS } from "@hal/protocol";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { dial } from "../support/socket.ts";
import { startStage, type Stage, TOKEN } from "../support/start.ts";

const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
};

let stage: Stage;
const sockets: Socket[] = [];
beforeAll(async () => {
  stage = await startStage({}, { security: { origin_allowlist: ["http://localhost:*"] } });
});
afterAll(() => stage[Symbol.asyncDispose]());
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

const ports = (): number[] => [stage.supervisor.port, stage.supervisor.httpPort ?? 0];

/** A socket that says this much, and what it heard by the time it was closed. */
function say(port: number, text: string): { readonly socket: Socket; readonly heard: Promise<string> } {
  const socket = connect({ host: "127.0.0.1", port });
  sockets.push(socket);
  let heard = "";
  socket.on("data", (data) => (heard += data.toString("latin1")));
  socket.on("error", () => undefined);
  socket.write(text);
  return { socket, heard: new Promise((resolve) => socket.on("close", () => resolve(heard))) };
}

/** Whoever has a token comes in by both ports, behind everybody who connected before. */
async function served(own: Stage): Promise<void> {
  (await dial(own.supervisor.port)).close();
  expect((await own.get("/api/v1/nodes", TOKEN, { connection: "close" })).status).toBe(200);
}

describe("every answer carries the headers of security, and none lets another page read it", () => {
  it("on the HTTP port, whatever the answer is", async () => {
    const cases: [Promise<Response>, number][] = [
      [stage.get("/healthz"), 200],
      [stage.get("/metrics"), 200],
      [stage.get("/api/v1/nodes"), 200],
      [stage.get("/api/v1/nodes", "wrong"), 401],
      [stage.get("/api/v1/nodes", TOKEN, { origin: "https://evil.example" }), 403],
      [stage.get("/api/v1/nodes", TOKEN, { origin: "http://localhost:5173" }), 200],
      [stage.get("/nowhere"), 404],
      [stage.send("OPTIONS", "/api/v1/nodes", undefined, { origin: "https://evil.example" }), 403],
      [stage.send("OPTIONS", "/api/v1/nodes", undefined, { origin: "http://localhost:1" }), 405],
      [stage.send("POST", "/api/v1/sessions", { project: "x".repeat(1024 * 1024) }), 413],
    ];
    for (const [asked, status] of cases) {
      const response = await asked;
      await response.arrayBuffer();
      expect(response.status).toBe(status);
      expect(Object.fromEntries(response.headers)).toMatchObject(HEADERS);
      expect([...response.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  });

  it.each<[string, string, number, string]>([
    ["what is no request", "hello\r\n\r\n", 400, "BAD_REQUEST"],
    ["headers without an end", `GET / HTTP/1.1\r\nx: ${"y".repeat(17 * 1024)}`, 431, "PAYLOAD_TOO_LARGE"],
    [
      "a body of two lengths",
      "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
      400,
      "BAD_REQUEST",
    ],
  ])("to %s, in the envelope, on both ports", async (_name, text, status, code) => {
    for (const port of ports()) {
      const answer = await say(port, text).heard;
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      for (const [name, value] of Object.entries(HEADERS)) expect(answer).toContain(`${name}: ${value}\r\n`);
      expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toMatchObject({ code, error: expect.any(String) });
    }
  });

  it("on the WebSocket port, to a plain request and to an upgrade that is refused", async () => {
    const upgrade = (token: string, more = "", path = "/"): string =>
      `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n` +
      `sec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nauthorization: Bearer ${token}\r\n${more}\r\n`;
    for (const [text, status, code] of [
      ["GET / HTTP/1.1\r\nhost: x\r\n\r\n", 426, "UPGRADE_REQUIRED"],
      [upgrade("wrong"), 401, "AUTH_REQUIRED"],
      [upgrade(TOKEN, "origin: null\r\n"), 403, "FORBIDDEN"],
      [upgrade(TOKEN, "origin: http://localhost.evil.tld\r\n"), 403, "FORBIDDEN"],
      [upgrade(TOKEN, "", "/elsewhere"), 404, "NOT_FOUND"],
    ] as const) {
      const answer = await say(stage.supervisor.port, text).heard;
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      for (const [name, value] of Object.entries(HEADERS)) expect(answer).toContain(`${name}: ${value}\r\n`);
      expect(answer).toContain(`"code":"${code}"`);
    }
  });
});

describe("origins over HTTP", () => {
  it("are judged where there is a list, but for the supervisor's own pages and for programs", async () => {
    const own = `http://127.0.0.1:${stage.supervisor.httpPort}`;
    expect((await stage.get("/api/v1/nodes", TOKEN, { origin: own })).status).toBe(200);
    expect((await stage.get("/api/v1/nodes")).status).toBe(200);
    expect((await stage.get("/api/v1/nodes", TOKEN, { origin: "null" })).status).toBe(403);
    await expect
      .poll(async () => ((await (await stage.get("/api/v1/audit")).json()) as { data: AuditView[] }).data)
      .toContainEqual(expect.objectContaining({ action: "connect", result: "refused", surface: "http" }));
  });
});

describe("somebody who tries one token after another", () => {
  // I12
  it("is answered ever later, and by no means in the way of whoever has the right one", async () => {
    // no time passes, so that no other answer falls due, and those that are late stay away
    const clock = { now: () => Date.now(), monotonic: () => 0 };
    await using own = await startStage({}, {}, { clock, lateMs: 600_000 });
    const outcomes = { answered: 0, cut: 0 };
    const tried = Array.from({ length: 60 }, async (_, index) => {
      const answer = await own.get("/api/v1/nodes", `wrong-${index}`).catch(() => undefined);
      outcomes[answer?.status === 401 ? "answered" : "cut"] += 1;
    });
    await expect.poll(() => outcomes).toEqual({ answered: 20, cut: 30 });
    for (let times = 0; times < 10; times += 1) expect((await own.get("/api/v1/nodes")).status).toBe(200);
    (await dial(own.supervisor.port)).close();
    expect(outcomes).toEqual({ answered: 20, cut: 30 });
    expect(own.lines.filter((line) => line.includes("token refused"))).toHaveLength(1);
    expect(own.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
    await own.supervisor[Symbol.asyncDispose]();
    await Promise.all(tried);
  });
});

describe("connections that say nothing", () => {
  it("are cut when too many of them wait, the oldest first, and whoever comes with a token is let in", async () => {
    let time = 0;
    await using own = await startStage({}, {}, { clock: { now: () => Date.now(), monotonic: () => time } });
    const control = await dial(own.supervisor.port, { protocol: "hal.control.v1" });
    const open = (port: number, count: number): Socket[] =>
      Array.from({ length: count }, () => say(port, "GET /").socket);
    for (const port of [own.supervisor.port, own.supervisor.httpPort ?? 0]) {
      const early = open(port, 130);
      await expect.poll(() => early.every(({ connecting }) => !connecting)).toBe(true);
      await served(own);
      // so long that they are no newcomers any more
      time += LIMITS.strangerMs;
      const late = open(port, 20);
      await expect.poll(() => early.filter(({ closed }) => closed).length).toBe(50);
      expect(early.slice(0, 50).every(({ closed }) => closed)).toBe(true);
      expect(late.every(({ closed }) => !closed)).toBe(true);
      await served(own);
    }
    control.send({ type: "call", id: "1", operation: "nodes.list" });
    expect(await control.next("reply")).toMatchObject({ ok: true });
    control.close();
  });

  it("are cut on the control channel, too, when they do not answer a ping", async () => {
    const quick = { heartbeat_interval_sec: 0.05, heartbeat_timeout_count: 2 };
    let time = 0;
    const clock = { now: () => Date.now(), monotonic: () => time };
    await using own = await startStage(quick, {}, { readerMs: 100, clock });
    const dead = new WebSocket(`ws://127.0.0.1:${own.supervisor.port}/ws/control`, ["hal.control.v1"], {
      headers: { authorization: `Bearer ${TOKEN}` },
      autoPong: false,
    });
    const alive = await dial(own.supervisor.port, { protocol: "hal.control.v1" });
    await expect.poll(() => dead.readyState).toBe(WebSocket.OPEN);
    for (const id of ["1", "2"]) {
      time += 150;
      alive.send({ type: "call", id, operation: "whoami.get" });
      expect(await alive.next("reply", id)).toMatchObject({ ok: true });
    }
    await expect.poll(() => dead.readyState).toBe(WebSocket.CLOSED);
    alive.send({ type: "call", id: "3", operation: "whoami.get" });
    expect(await alive.next("reply", "3")).toMatchObject({ ok: true });
    alive.close();
  });
});
