// npm run bench [-- --quick] [-- NAME…]: measures what performance is promised, each figure beside a baseline of the same
// run, and prints one line of JSON a figure. A full run writes RESULTS.md. A goal that is missed is no failure of the run.
// With --profile the supervisor's threads are profiled while they are measured, which costs them time: PROFILE.md says
// where it goes, and RESULTS.md stays as it is.
import { Closers } from "@hal/daemon";
import { build } from "../tools/build.mjs";
import { ensureOpencode } from "../tools/opencode.mjs";
import type { Benchmark, Figure } from "./benchmark.ts";
import { profiling, takeProfiles } from "./harness/profiling.ts";
import { type Profiled, writeProfiles } from "./profile-report.ts";
import { type Failure, writeReport } from "./report.ts";
import { SUITE } from "./suite.ts";
import { Workshop } from "./workshop.ts";

const LIMIT_MINUTES = { full: 25, quick: 4 };

const args = process.argv.slice(2);
const quick = args.includes("--quick");
const profile = args.includes("--profile");
const names = args.filter((arg) => arg !== "--quick" && arg !== "--profile");
const unknown = names.filter((name) => SUITE.every((benchmark) => benchmark.name !== name));
if (unknown.length > 0) {
  const known = SUITE.map(({ name, goal }) => `  ${name}: ${goal}`).join("\n");
  console.error(`no benchmark ${unknown.join(", ")}; there are\n${known}\nand --quick, --profile`);
  process.exit(2);
}

const workshop = new Workshop();
process.once("exit", () => workshop.clear());
const leave = (why: string, code: number): void => {
  console.error(`[bench] ${why}`);
  process.exit(code);
};
process.once("SIGINT", () => leave("interrupted", 130));
process.once("SIGTERM", () => leave("terminated", 143));
const minutes = quick ? LIMIT_MINUTES.quick : LIMIT_MINUTES.full;
setTimeout(() => leave(`not done after ${minutes} minutes`, 1), minutes * 60_000).unref();

build();
if (profile) profiling.folder = workshop.keptFolder("profiles");
const figures: Figure[] = [];
const failures: Failure[] = [];
const profiled: Profiled[] = [];
for (const benchmark of SUITE) {
  if (names.length > 0 && !names.includes(benchmark.name)) continue;
  try {
    figures.push(...(await measure(benchmark)));
  } catch (error) {
    console.error(`[bench] ${benchmark.name} failed:`, error);
    failures.push({ name: benchmark.name, why: (error as Error).message });
    process.exitCode = 1;
  }
}
if (profile) writeProfiles(profiled);
else if (!quick && names.length === 0) writeReport(figures, failures);
process.exit();

async function measure(benchmark: Benchmark): Promise<readonly Figure[]> {
  const began = performance.now();
  const note = (text: string): void => console.error(`[bench] ${benchmark.name}: ${text}`);
  const closers = new Closers();
  try {
    const measured = await benchmark.run({
      quick,
      folder: (name) => workshop.folderFor(name),
      closers,
      opencode: () => ensureOpencode(),
      note,
    });
    const ordered = ["figure", "value", "unit", "baseline", "ratio", "goal", "ok"];
    for (const figure of measured) console.log(JSON.stringify(figure, ordered));
    note(`took ${((performance.now() - began) / 1000).toFixed(0)} s`);
    return measured;
  } finally {
    await closers[Symbol.asyncDispose]();
    const threads = takeProfiles();
    if (threads.length > 0) profiled.push({ benchmark: benchmark.name, threads });
    workshop.empty();
  }
}
