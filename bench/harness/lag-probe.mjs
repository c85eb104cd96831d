// Loaded into a program with --import: measures from outside of its code how long its event loop is held up. At
// each SIGUSR2 it tells what it saw since the last one, and begins anew.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";
import { answerProbe } from "./answer-probe.mjs";

const STEP_MS = 1;

if (isMainThread) {
  const delays = monitorEventLoopDelay({ resolution: STEP_MS });
  delays.enable();
  answerProbe(() => {
    const [p50, p99, max] = [delays.percentile(50), delays.percentile(99), delays.max].map(beyondStep);
    delays.reset();
    return { p50, p99, max };
  });
}

/**
 * @param {number} nanoseconds
 * @returns {number} milliseconds
 */
function beyondStep(nanoseconds) {
  return Math.max(0, nanoseconds / 1e6 - STEP_MS);
}
