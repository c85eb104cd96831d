import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { encodeFrame } from "@hal/protocol";
import { absolute, type Benchmark, type BenchmarkOptions, type Figure, relative } from "../benchmark.ts";
import { BenchSupervisor } from "../harness/bench-supervisor.ts";
import { openControlSocket } from "../harness/control-client.ts";
import { startFleet } from "../harness/helpers.ts";
import { rssBytes } from "../harness/process-usage.ts";
import { isHeldByServer } from "../harness/server-side.ts";
import { percentile } from "../harness/statistics.ts";
import type { Fleet } from "../load/fleet.ts";

/** More than the buffers of two kernels hold. */
const STUFFING = { eventsPerFrame: 100, windowFrames: 2, eventBytes: 4_000, story: "tool" } as const;
const CUT_OFF_LIMIT_MS = 60_000;
const MIB = 1024 * 1024;

/** A reader of the event stream that stopped reading: it is cut off, and nobody else notices it. */
export const slowReader: Benchmark = {
  name: "slow-reader",
  goal: "cut off; others unaffected",
  async run(options) {
    const supervisor = options.closers.use("supervisor", await BenchSupervisor.start(options.folder("readers")));
    const fleet = startFleet(options);
    await fleet.call("connect", { url: supervisor.url, token: supervisor.token, count: 10 });
    await deliveryP99(options, supervisor, fleet); // until the code is warm
    const alone = await deliveryP99(options, supervisor, fleet);
    const stalled = [await stalledControl(options, supervisor), await stalledHttp(options, supervisor)];
    const began = performance.now();
    await fleet.call("flood", { ...STUFFING, events: options.quick ? 3_000 : 10_000 });
    const rss = rssBytes(supervisor.pid) / MIB;
    const beside = await deliveryP99(options, supervisor, fleet);
    options.note(`the supervisor holds ${rss.toFixed(0)} MiB after stuffing the stalled readers`);
    const others = relative(
      "delivery to a reader of the event stream beside stalled ones, p99",
      { value: beside, baseline: alone, ratio: beside / alone },
      "ms",
      { goal: "≤ 1.5 × + 10 ms of the same without them", ok: beside <= 1.5 * alone + 10 },
    );
    if (options.quick) return [others]; // the cut takes half a minute
    return [others, ...(await Promise.all(stalled.map((reader) => cutOff(reader, began))))];
  },
};

/** From an agent's append to a reader of the HTTP stream, at 1,000 events a second. */
async function deliveryP99({ quick }: BenchmarkOptions, supervisor: BenchSupervisor, fleet: Fleet): Promise<number> {
  const leaving = new AbortController();
  const late: number[] = [];
  const opened = Promise.withResolvers<void>();
  const client = supervisor.client(opened.resolve);
  const reading = (async () => {
    try {
      for await (const { item } of client.stream("events.stream", {}, { signal: leaving.signal }))
        if (item.project === "bench") late.push(Date.now() - Date.parse(item.timestamp));
    } catch (error) {
      if ((error as Error).name !== "AbortError") throw error;
    }
  })();
  await opened.promise;
  const { events } = await fleet.call("pace", {
    eventsPerSecond: 1_000,
    burst: 5,
    seconds: quick ? 2 : 6,
    eventBytes: 400,
  });
  const limit = performance.now() + 10_000;
  while (late.length < events && performance.now() < limit) await delay(20);
  leaving.abort();
  await reading;
  if (late.length < events) throw new Error(`the reader got ${late.length} of ${events} events`);
  return percentile(late, 99);
}

interface StalledReader {
  readonly door: string;
  readonly connection: Socket;
}

async function stalledControl({ closers }: BenchmarkOptions, supervisor: BenchSupervisor): Promise<StalledReader> {
  const { webSocket, connection } = await openControlSocket(supervisor.url, supervisor.token);
  closers.add("stalled control channel", () => webSocket.terminate());
  webSocket.on("error", () => undefined);
  webSocket.send(encodeFrame({ type: "call", id: "1", operation: "events.stream", input: {} }));
  webSocket.pause();
  return { door: "the control channel", connection };
}

async function stalledHttp({ closers }: BenchmarkOptions, supervisor: BenchSupervisor): Promise<StalledReader> {
  const headers = { authorization: `Bearer ${supervisor.token}` };
  const asking = request(`${supervisor.httpUrl}/api/v1/events/stream`, { headers });
  closers.add("stalled HTTP stream", () => asking.destroy());
  const [response] = (await once(asking.end(), "response")) as [IncomingMessage];
  response.on("error", () => undefined);
  response.pause();
  return { door: "HTTP", connection: response.socket };
}

async function cutOff({ door, connection }: StalledReader, began: number): Promise<Figure> {
  while (isHeldByServer(connection) && performance.now() - began < CUT_OFF_LIMIT_MS) await delay(100);
  const isOff = !isHeldByServer(connection);
  return absolute(
    `a stalled reader of the event stream over ${door} is cut off after`,
    isOff ? (performance.now() - began) / 1000 : null,
    "s",
    { goal: `cut off within ${CUT_OFF_LIMIT_MS / 1000} s`, ok: isOff },
  );
}
