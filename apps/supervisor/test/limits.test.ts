import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { ConfigProblems, parseConfig } from "@hal/daemon";
import { LIMITS } from "@hal/protocol";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { SupervisorConfig } from "../src/config.ts";
import { limitsOf, LimitsSection } from "../src/limits.ts";
import { dial, event, events, hello, type Peer } from "./support/socket.ts";
import { startStage, type Stage, TOKEN } from "./support/start.ts";

/** Other limits than the usual ones, each by far. */
const CHANGED = {
  http_body_bytes: 16_384,
  http_header_bytes: 4_096,
  request_timeout_sec: 1,
  hello_timeout_sec: 1,
  agent_connections: 2,
  control_connections: 2,
  control_calls_in_flight: 40,
  live_watchers: 1,
  wrong_tokens_at_once: 2,
  wrong_tokens_per_minute: 1,
};

let stage: Stage;
const sockets: Socket[] = [];
const peers: Peer[] = [];
beforeAll(async () => {
  stage = await startStage({}, { limits: CHANGED });
});
afterAll(() => stage[Symbol.asyncDispose]());
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(
    peers.splice(0).map((peer) => {
      peer.close();
      return peer.closed;
    }),
  );
});

const ports = (): number[] => [stage.supervisor.port, stage.supervisor.httpPort ?? 0];

function open(port: number, text: string): Socket {
  const socket = connect({ host: "127.0.0.1", port });
  sockets.push(socket);
  socket.on("error", () => undefined);
  socket.resume();
  socket.write(text);
  return socket;
}

async function answerTo(port: number, text: string): Promise<string> {
  const socket = open(port, text);
  let heard = "";
  socket.on("data", (data) => (heard += data.toString("latin1")));
  await once(socket, "close");
  return heard;
}

async function comeIn(protocol: string): Promise<Peer> {
  const made = await dial(stage.supervisor.port, { protocol });
  peers.push(made);
  return made;
}

describe("a limit that was changed acts", () => {
  it("on the size of bodies and headers", async () => {
    const body = { project: "x".repeat(20_000) };
    expect((await stage.send("POST", "/api/v1/sessions", body)).status).toBe(413);
    for (const port of ports())
      expect(await answerTo(port, `GET / HTTP/1.1\r\nx: ${"y".repeat(5_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /);
  });

  it("on the time that a request may take to arrive, and an agent to say hello", async () => {
    const agent = await comeIn("hal.agent.v1");
    const slow = ports().map((port) => answerTo(port, "GET / HTTP/1.1\r\nhost: x\r\n"));
    for (const answer of await Promise.all(slow)) expect(answer).toContain("did not arrive within 1 s");
    expect(await agent.closed).toMatchObject({ code: 4001 });
  });

  it.each(["hal.agent.v1", "hal.control.v1"])("on the number of connections with %s", async (protocol) => {
    await comeIn(protocol);
    await comeIn(protocol);
    await expect(dial(stage.supervisor.port, { protocol })).rejects.toThrow("503");
  });

  it("on the calls of one control channel", async () => {
    const control = await comeIn("hal.control.v1");
    for (let n = 1; n <= CHANGED.control_calls_in_flight + 1; n += 1)
      control.send({ type: "call", id: String(n), operation: "events.stream", input: {} });
    expect(await control.next("reply", "41")).toMatchObject({ ok: false, error: { code: "rate_limited" } });
    expect(control.count("reply")).toBe(0);
  });

  it("on the people who watch", async () => {
    const agent = await comeIn("hal.agent.v1");
    agent.send(hello());
    await agent.next("welcome");
    agent.send(events(event(1, "session.busy")));
    await agent.next("ack");
    const control = await comeIn("hal.control.v1");
    control.send({ type: "call", id: "1", operation: "sessions.watch", input: { ref: "ses_one" } });
    await control.next("item", "1");
    control.send({ type: "call", id: "2", operation: "sessions.watch", input: { ref: "ses_one" } });
    expect(await control.next("end", "2")).toMatchObject({ error: { code: "rate_limited" } });
  });

  it("on connections that say nothing", async () => {
    let time = 0;
    const clock = { now: () => Date.now(), monotonic: () => time };
    await using own = await startStage({}, { limits: { strangers: 10 } }, { clock });
    const { port } = own.supervisor;
    const early = Array.from({ length: 30 }, () => open(port, "GET /"));
    await expect.poll(() => early.every(({ connecting }) => !connecting)).toBe(true);
    // behind them all
    (await dial(port)).close();
    time += LIMITS.strangerMs;
    open(port, "GET /");
    await expect.poll(() => early.filter(({ closed }) => closed).length).toBe(21);
  });

  // I12
  it("on wrong tokens, and never on the right one", async () => {
    const clock = { now: () => Date.now(), monotonic: () => 0 };
    const ask = async (own: Stage, token: string): Promise<number> => (await own.get("/api/v1/nodes", token)).status;
    await using soon = await startStage({}, { limits: CHANGED }, { clock, lateMs: 1 });
    for (const token of ["wrong-1", "wrong-2", "wrong-3"]) expect(await ask(soon, token)).toBe(401);

    await using late = await startStage({}, { limits: CHANGED }, { clock, lateMs: 600_000 });
    for (const token of ["wrong-1", "wrong-2"]) expect(await ask(late, token)).toBe(401);
    const answered = vi.fn();
    const third = ask(late, "wrong-3").then(answered, () => "cut by the stop");
    expect(await ask(late, TOKEN)).toBe(200);
    expect(answered).not.toHaveBeenCalled();
    await late.supervisor[Symbol.asyncDispose]();
    await third;
  });
});

describe("a limit with which nothing would work", () => {
  const problemsOf = (limits: object): readonly string[] => {
    try {
      parseConfig(SupervisorConfig, { server: { auth_token: TOKEN }, limits }, { env: {} });
      return [];
    } catch (error) {
      return error instanceof ConfigProblems ? error.problems : [String(error)];
    }
  };

  it.each(Object.keys(LimitsSection.entries))("is refused in one line: %s", (key) => {
    for (const [value, text] of [
      [0, `limits.${key}: is below `],
      [1e12, `limits.${key}: is above `],
      ["10", `limits.${key}: must be a number`],
    ] as const) {
      const problems = problemsOf({ [key]: value });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain(text);
    }
    expect(problemsOf({ [`${key}s`]: 1 })[0]).toContain("nothing would honour it; did you mean");
  });

  it("is none of the usual ones", () => {
    const { config } = parseConfig(SupervisorConfig, { server: { auth_token: TOKEN } }, { env: {} });
    expect(limitsOf(config.limits)).toMatchObject({ requestMs: 10_000, wrongTokenEveryMs: 1_000, strangers: 100 });
  });
});
