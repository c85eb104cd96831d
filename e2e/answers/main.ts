// npm run answers [-- --interactions 100 --seed 1 --verdict FILE]: interactions that two surfaces answer at once, while programs are killed.
import { appendFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { build } from "../../tools/build.mjs";
import { ensureOpencode } from "../../tools/opencode.mjs";
import { runAnswers } from "./run-answers.ts";

const { values } = parseArgs({
  options: {
    interactions: { type: "string", default: "100" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    verdict: { type: "string" },
  },
});

build();
const [interactions, seed] = [Number(values.interactions), Number(values.seed)];
console.log(
  `seed ${seed}: ${interactions} interactions, each answered from two surfaces at once while a program is killed`,
);
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stopping.abort());
const began = performance.now();
const opencode = await ensureOpencode();
const report = await runAnswers({ opencode, interactions, seed, say: (line) => console.log(line) }, stopping.signal);
const seconds = Math.round((performance.now() - began) / 1000);
if (values.verdict !== undefined)
  appendFileSync(values.verdict, `${JSON.stringify({ at: new Date().toISOString(), seed, seconds, ...report })}\n`);
console.log(JSON.stringify({ seconds, ...report }, null, 2));
console.log(`${report.interactions} interactions: ${report.problems.length} problems`);
process.exitCode = report.problems.length === 0 && report.interactions >= interactions ? 0 : 1;
