// npm run fuzz -- agent|supervisor|model [--minutes 10 --seed 1 --verdict FILE]: somebody hostile against the shipped executables.
import { appendFileSync } from "node:fs";
import { build } from "../../tools/build.mjs";
import { misused, numberOf, readOptions } from "../../tools/options.ts";
import { ensureOpencode } from "../../tools/opencode.mjs";
import type { FuzzOptions, FuzzReport } from "./fuzz.ts";
import { fuzzWithHostileAgents } from "./hostile-agent.ts";
import { fuzzWithHostileSupervisor } from "./hostile-supervisor.ts";
import { fuzzWithWritingModel } from "./writing-model.ts";

const FUZZERS: Readonly<Record<string, (options: FuzzOptions) => Promise<FuzzReport>>> = {
  agent: fuzzWithHostileAgents,
  supervisor: fuzzWithHostileSupervisor,
  model: fuzzWithWritingModel,
};

const USAGE = `npm run fuzz -- ${Object.keys(FUZZERS).join("|")} [--minutes 10] [--seed 1] [--verdict FILE]`;
const { values, positionals } = readOptions(USAGE, {
  allowPositionals: true,
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    verdict: { type: "string" },
  },
});
const [who = ""] = positionals;
const fuzz = Object.hasOwn(FUZZERS, who) ? FUZZERS[who] : undefined;
if (fuzz === undefined) misused(USAGE, `say who is hostile: ${Object.keys(FUZZERS).join(", ")}`);
const [seed, minutes] = [numberOf(USAGE, values, "seed"), numberOf(USAGE, values, "minutes")];

build();
console.log(`a hostile ${who}, seed ${seed}, ${minutes} minutes`);
const { said, problems } = await fuzz({
  opencode: await ensureOpencode(),
  seed,
  durationMs: minutes * 60_000,
  say: (line) => console.log(line),
  isBrief: false,
});
for (const problem of problems) console.error(problem);
if (values.verdict !== undefined)
  appendFileSync(
    values.verdict,
    `${JSON.stringify({ at: new Date().toISOString(), who, seed, minutes, said, problems })}\n`,
  );
console.log(`a hostile ${who}: ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
