// Loaded into a program with --import: at each SIGUSR2 it collects garbage, and says so in the file that
// HAL_BENCH_PROBE names.
import { isMainThread } from "node:worker_threads";
import { answerProbe } from "./answer-probe.mjs";
import { collectGarbage } from "./collect-garbage.mjs";

if (isMainThread)
  answerProbe(() => {
    collectGarbage();
    return {};
  });
