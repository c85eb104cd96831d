// Loaded into a program and its threads with --import: at each SIGUSR2 all of them collect garbage, and the file that
// HAL_BENCH_PROBE names says so.
import { once } from "node:events";
import { BroadcastChannel, isMainThread } from "node:worker_threads";
import { answerProbe } from "./answer-probe.mjs";
import { collectGarbage } from "./collect-garbage.mjs";

/** A program without threads answers alone. */
const THREAD_LIMIT_MS = 5_000;

const threads = new BroadcastChannel("hal-bench-garbage");
threads.unref();
if (isMainThread)
  answerProbe(async () => {
    const collected = once(threads, "message", { signal: AbortSignal.timeout(THREAD_LIMIT_MS) });
    threads.postMessage("collect");
    await collected.catch(() => undefined);
    collectGarbage();
    return { heapBytes: process.memoryUsage().heapUsed };
  });
else
  threads.addEventListener("message", () => {
    collectGarbage();
    threads.postMessage("collected");
  });
