// npm run chaos [-- --rounds 200 --seed 1 --agents 2 --settle 60 --keep FOLDER]: the shipped executables and a real opencode, in trouble.
import { parseArgs } from "node:util";
import { build } from "../../tools/build.mjs";
import { ensureOpencode } from "../../tools/opencode.mjs";
import { runChaos } from "./run-chaos.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "20" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    agents: { type: "string", default: "2" },
    settle: { type: "string", default: "60" },
    keep: { type: "string" },
  },
});

build();
console.log(`seed ${values.seed}`);
const began = performance.now();
const report = await runChaos({
  opencode: await ensureOpencode(),
  rounds: Number(values.rounds),
  seed: Number(values.seed),
  agents: Number(values.agents),
  settleMs: Number(values.settle) * 1000,
  say: (line) => console.log(line),
  keep: values.keep,
});
const { logs: _logs, problems, ...rest } = report;
console.log(JSON.stringify({ ...rest, seconds: Math.round((performance.now() - began) / 1000) }, null, 2));
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? "0 lost, 0 doubled, 0 contradictions" : `${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
