import { readFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import type { AuditView } from "@hal/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { percentile } from "./harness/percentile.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Program, ROOT } from "./harness/program.ts";
import { RawAgent } from "./harness/raw-agent.ts";
import { Stage } from "./harness/stage.ts";

const SECONDS = 18;
const MOST_CONNECTIONS = 10_000;
const MB = 1024 * 1024;

interface Dripped {
  readonly isClosed: boolean;
  readonly status: number;
}

interface Report {
  readonly silent: { readonly opened: number; readonly cut: number; readonly mostAtOnce: number };
  readonly slow: { readonly headers: Dripped[]; readonly bodies: Dripped[]; readonly heardWhenStopped: number[] };
  readonly bodies: Readonly<Record<string, number>>;
  readonly wrongTokens: {
    readonly tried: number;
    readonly refused: number;
    readonly cut: number;
    readonly other: number;
    readonly forMs: number;
  };
}

let stage: Stage;
printLogOnFailure(() => stage);

beforeAll(async () => {
  stage = await Stage.open("/nowhere/opencode", { heartbeat: { seconds: 2, count: 3 } });
  await stage.startSupervisor();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** As many as descriptors allow, with some left for everything else. */
function affordable(): number {
  const soft = Number(/Max open files\s+(\d+)/.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? 1_024);
  return Math.min(MOST_CONNECTIONS, Math.floor(soft * 0.7));
}

function rssBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
}

/** How long each answer took that came before `signal` aborted; each is asked for by a connection of its own. Throws with whatever is refused. */
async function served(ask: () => Promise<void>, signal: AbortSignal): Promise<number[]> {
  const latencies: number[] = [];
  while (!signal.aborted) {
    const began = performance.now();
    await ask();
    if (!signal.aborted) latencies.push(performance.now() - began);
    await delay(50);
  }
  return latencies;
}

const overHttp = async (): Promise<void> => {
  const response = await fetch(`http://127.0.0.1:${stage.ports.http}/api/v1/nodes`, {
    headers: { authorization: `Bearer ${stage.token}`, connection: "close" },
  });
  expect(response.status).toBe(200);
  await response.arrayBuffer();
};

/** Node's own WebSocket takes headers, which the standard does not have. */
const HeaderedSocket = WebSocket as unknown as new (url: string, options: object) => WebSocket;

const overControlChannel = (): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = new HeaderedSocket(`ws://127.0.0.1:${stage.ports.socket}/ws/control`, {
      protocols: ["hal.control.v1"],
      headers: { authorization: `Bearer ${stage.token}` },
    });
    socket.addEventListener("open", () =>
      socket.send(JSON.stringify({ type: "call", id: "1", operation: "nodes.list", input: {} })),
    );
    socket.addEventListener("message", ({ data }) => {
      const { ok } = JSON.parse(String(data)) as { readonly ok: boolean };
      socket.close();
      if (ok) resolve();
      else reject(new Error(String(data)));
    });
    socket.addEventListener("error", () => reject(new Error("the operator's control channel was refused")));
  });

function describeLatencies(name: string, all: readonly number[]): string {
  const [median, worst] = [percentile(all, 50), Math.max(...all)].map(Math.round);
  return `${name}: ${all.length} served, median ${median} ms, worst ${worst} ms`;
}

test("ten thousand connections, slow ones, huge bodies and a thousand wrong tokens a second stop nobody who has a token", async () => {
  const agent = await RawAgent.greet({ url: `ws://127.0.0.1:${stage.ports.socket}`, token: stage.token }, "steady");
  const operator = (await stage.halctl.run("tokens", "create", "worker", "--role", "operator")).stdout.trim();
  await overHttp();
  const before = rssBytes(stage.supervisor.pid);
  const connections = affordable();
  const crowd = new Program({
    label: "hostile crowd",
    file: path.join(ROOT, "e2e", "harness", "hostile-crowd.mjs"),
    args: [JSON.stringify({ ...stage.ports, seconds: SECONDS, connections, operator })],
    cwd: stage.folder,
    env: { PATH: process.env["PATH"] },
  });
  const over = new AbortController();
  void crowd.ended.finally(() => over.abort());
  let most = before;
  let told = 0;
  const watching = setInterval(() => {
    most = Math.max(most, rssBytes(stage.supervisor.pid));
    told += 1;
    agent.sendEvents([{ seq: told, at: Date.now(), type: "session.busy", project: "p", session: "ses_raw", data: {} }]);
  }, 250);
  let http: number[];
  let control: number[];
  try {
    [http, control] = await Promise.all([served(overHttp, over.signal), served(overControlChannel, over.signal)]);
  } finally {
    clearInterval(watching);
    await crowd.stop();
  }

  expect((await crowd.ended).code).toBe(0);
  const report = JSON.parse(crowd.stdout) as Report;
  const { silent, slow, bodies, wrongTokens } = report;
  process.stdout.write(
    `${[
      `${silent.opened} silent connections, ${silent.mostAtOnce} at once, ${silent.cut} cut`,
      `${wrongTokens.tried} wrong tokens in ${wrongTokens.forMs} ms: ${wrongTokens.refused} answered, ${wrongTokens.cut} cut`,
      describeLatencies("over HTTP", http),
      describeLatencies("over the control channel", control),
      `resident memory ${Math.round(before / MB)} MB before, ${Math.round(most / MB)} MB at most`,
    ].join("\n")}\n`,
  );

  // others are served while the crowd is there, which waits for nobody
  for (const latencies of [http, control]) expect(latencies.length).toBeGreaterThan(5);
  expect(agent.closedWith).toBeUndefined();
  expect(agent.acknowledged).toBeGreaterThan(told - 8);
  expect(told).toBeGreaterThan(20);

  // nobody who says nothing, or too slowly, stays until the crowd goes
  expect(silent.opened).toBeGreaterThan(connections / 2);
  expect(silent.cut).toBeGreaterThan(silent.opened / 2);
  expect(slow.headers.filter(({ isClosed }) => !isClosed)).toEqual([]);
  expect(slow.bodies.filter(({ isClosed }) => !isClosed)).toEqual([]);
  // whoever still writes when the connection is closed may lose the answer
  expect(slow.bodies.filter(({ status }) => status !== 408 && status !== 0)).toEqual([]);
  expect(slow.heardWhenStopped).toEqual([100, 408]);
  expect(Object.values(bodies).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(3);
  for (const answer of Object.keys(bodies))
    expect(answer).toMatch(/^(stranger (401|0)|operator (413|0)|socket (426|0))$/);
  expect(wrongTokens.tried).toBeGreaterThan(1_000);
  expect(wrongTokens.other).toBe(0);

  // memory is bounded
  expect(most - before).toBeLessThan(250 * MB);
  expect(most).toBeLessThan(512 * MB);

  // failures are counted, not repeated
  const rows = await stage.api<AuditView[]>("/audit?limit=1000&result=refused");
  expect(rows.length).toBeGreaterThan(1);
  expect(rows.length).toBeLessThan(20);
  expect(stage.supervisor.log.split("\n").filter((line) => line.includes("token refused")).length).toBeLessThan(30);
  expect(stage.supervisor.log).not.toContain('"level":"error"');
  agent.close();
  await stage.supervisor.stop();
  const database = new DatabaseSync(path.join(stage.folder, "supervisor", "supervisor.db"), { readOnly: true });
  const kept = database.prepare("select reason from audit_logs where action = 'authenticate'").all() as {
    reason: string;
  }[];
  database.close();
  const counted = kept.reduce((sum, { reason }) => sum + Number(/\((\d+) times\)$/.exec(reason)?.[1] ?? 1), 0);
  expect(kept.length).toBeLessThan(20);
  // what was cut unread by the crowd's end was not tried, all else was
  expect(counted).toBeGreaterThanOrEqual(wrongTokens.refused);
  expect(counted).toBeLessThanOrEqual(wrongTokens.tried + Object.values(bodies).length * 12);
});
