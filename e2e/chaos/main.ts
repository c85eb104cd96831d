// npm run chaos [-- --rounds 25 --seed 1 --agents 2 --settle 90 --busy 4 --verdict FILE --keep FOLDER --go-on --faults "links cut,agent killed"]:
// the shipped executables and a real opencode, in trouble.
import { build } from "../../tools/build.mjs";
import { numberOf, readOptions } from "../../tools/options.ts";
import { ensureOpencode } from "../../tools/opencode.mjs";
import { Busy } from "./busy.ts";
import { runChaos } from "./run-chaos.ts";
import { appendVerdict } from "./verdict-line.ts";

const USAGE =
  'npm run chaos -- [--rounds 25] [--seed 1] [--agents 2] [--settle 90] [--busy 4] [--verdict FILE] [--keep FOLDER] [--go-on] [--faults "links cut,agent killed"]';
const { values } = readOptions(USAGE, {
  options: {
    rounds: { type: "string", default: "20" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    agents: { type: "string", default: "2" },
    settle: { type: "string", default: "90" },
    busy: { type: "string", default: "0" },
    verdict: { type: "string" },
    keep: { type: "string" },
    faults: { type: "string", default: "" },
    "go-on": { type: "boolean", default: false },
  },
});
const numberIn = (name: string): number => numberOf(USAGE, values, name);
const [seed, wantedRounds, busy] = [numberIn("seed"), numberIn("rounds"), numberIn("busy")];
const [agents, settleSeconds] = [numberIn("agents"), numberIn("settle")];

build();
console.log(`seed ${seed}; after its faults a round has ${settleSeconds} s until nothing may be wrong any more`);
const began = performance.now();
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, () => {
    console.error(`${signal}: ending what was started`);
    stopping.abort();
  });
const beside = new Busy(busy);
const report = await runChaos(
  {
    opencode: await ensureOpencode(),
    rounds: wantedRounds,
    seed,
    agents,
    settleMs: settleSeconds * 1000,
    say: (line) => console.log(line),
    keep: values.keep,
    faults: values.faults.split(",").filter((name) => name !== ""),
    goesOn: values["go-on"],
  },
  stopping.signal,
).catch(async (error: unknown) => {
  await beside[Symbol.asyncDispose]();
  // a round that was interrupted is in the middle of something, and would go on with it
  console.error((error as Error).message);
  process.exit(1);
});
await beside[Symbol.asyncDispose]();
const seconds = (performance.now() - began) / 1000;
if (values.verdict !== undefined) appendVerdict(values.verdict, report, { seed, wantedRounds, busy, seconds });
const { problems, ...rest } = report;
const secondsPerRound = Math.round((seconds / report.rounds) * 10) / 10;
console.log(JSON.stringify({ ...rest, seconds: Math.round(seconds), secondsPerRound }, null, 2));
const skipped = Object.values(report.skipped).reduce((sum, times) => sum + times, 0);
const found = problems.length === 0 ? "0 lost, 0 doubled, 0 done twice, 0 false states" : `${problems.length} problems`;
console.log(`${report.rounds} rounds: ${found}, ${skipped} faults skipped`);
process.exitCode = problems.length === 0 ? 0 : 1;
