// npm run handovers [-- --rounds 50 --seed 1 --verdict FILE]: restarts, with something killed in the middle of each.
import { appendFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { build } from "../../tools/build.mjs";
import { ensureOpencode } from "../../tools/opencode.mjs";
import { runHandovers } from "./run-handovers.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "50" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    verdict: { type: "string" },
  },
});

build();
const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
console.log(`seed ${seed}: ${rounds} restarts, each with a program killed at one of its steps`);
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stopping.abort());
const began = performance.now();
const opencode = await ensureOpencode();
const report = await runHandovers({ opencode, rounds, seed, say: (line) => console.log(line) }, stopping.signal);
const seconds = Math.round((performance.now() - began) / 1000);
if (values.verdict !== undefined)
  appendFileSync(values.verdict, `${JSON.stringify({ at: new Date().toISOString(), seed, seconds, ...report })}\n`);
console.log(JSON.stringify({ seconds, ...report }, null, 2));
console.log(`${report.rounds} restarts: ${report.problems.length} problems`);
process.exitCode = report.problems.length === 0 && report.rounds >= rounds ? 0 : 1;
