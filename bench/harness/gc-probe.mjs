// Loaded into a program and its threads with --import: at each SIGUSR2 all of them collect garbage, and the file that
// HAL_BENCH_PROBE names says so.
import { setTimeout as delay } from "node:timers/promises";
import { BroadcastChannel, isMainThread } from "node:worker_threads";
import { answerProbe } from "./answer-probe.mjs";
import { collectGarbage } from "./collect-garbage.mjs";

/** Long enough for a thread that has nothing else to do. */
const THREADS_MS = 300;

const threads = new BroadcastChannel("hal-bench-garbage");
threads.unref();
if (isMainThread)
  answerProbe(async () => {
    threads.postMessage("collect");
    await delay(THREADS_MS);
    collectGarbage();
    return {};
  });
else threads.addEventListener("message", () => collectGarbage());
