// npm run chaos [-- --rounds 200 --seed 1 --agents 2 --settle 90 --keep FOLDER]: the shipped executables and a real opencode, in trouble.
import { parseArgs } from "node:util";
import { build } from "../../tools/build.mjs";
import { ensureOpencode } from "../../tools/opencode.mjs";
import { runChaos } from "./run-chaos.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "20" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    agents: { type: "string", default: "2" },
    settle: { type: "string", default: "90" },
    keep: { type: "string" },
  },
});

build();
console.log(`seed ${values.seed}; after its faults a round has ${values.settle} s until nothing may be wrong any more`);
const began = performance.now();
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, () => {
    console.error(`${signal}: ending what was started`);
    stopping.abort();
  });
const { problems, ...report } = await runChaos(
  {
    opencode: await ensureOpencode(),
    rounds: Number(values.rounds),
    seed: Number(values.seed),
    agents: Number(values.agents),
    settleMs: Number(values.settle) * 1000,
    say: (line) => console.log(line),
    keep: values.keep,
  },
  stopping.signal,
).catch((error: unknown) => {
  // a round that was interrupted is in the middle of something, and would go on with it
  console.error((error as Error).message);
  process.exit(1);
});
const seconds = (performance.now() - began) / 1000;
const secondsPerRound = Math.round((seconds / report.rounds) * 10) / 10;
console.log(JSON.stringify({ ...report, seconds: Math.round(seconds), secondsPerRound }, null, 2));
for (const problem of problems) console.error(problem);
const skipped = Object.values(report.skipped).reduce((sum, times) => sum + times, 0);
console.log(
  `${report.rounds} rounds: ${problems.length === 0 ? "0 lost, 0 doubled, 0 contradictions" : `${problems.length} problems`}, ${skipped} faults skipped`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
