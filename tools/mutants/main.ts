// npm run mutants -- [--only NAME]… [--resume] [--check] [--jobs N] [--results FILE]
//
// Breaks one promise after the other in a copy of the last commit, and looks whether a unit test notices. Each mutant is a line of
// JSON in the file of results. Exit code 1: more survive than are explained, or a mutant is stale.
import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { numberOf, readOptions } from "../options.ts";
import { MUTANTS } from "./list/index.ts";
import { type Mutant, problemsOf } from "./mutant.ts";
import { PrivateCopy } from "./private-copy.ts";
import { runTests, type TestRun } from "./run-tests.ts";

interface Line {
  readonly mutant: string;
  readonly invariant: string;
  readonly commit: string;
  readonly result: "killed" | "survived" | "not run";
  /** the test that noticed, or why none did */
  readonly by: string;
  readonly seconds: number;
}

const USAGE = "npm run mutants -- [--only NAME]… [--resume] [--check] [--jobs N] [--results FILE]";
const ROOT = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const { values: flags } = readOptions(USAGE, {
  options: {
    only: { type: "string", multiple: true, default: [] },
    resume: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    jobs: { type: "string", default: "1" },
    results: { type: "string", default: path.join(ROOT, "mutants.jsonl") },
  },
});
const jobs = numberOf(USAGE, flags, "jobs");

/** Whether test files pass where nothing is broken. */
const sound = new Map<string, boolean>();

process.exitCode = await main();

async function main(): Promise<number> {
  const isMeant = ({ name }: Mutant): boolean =>
    flags.only.length === 0 || flags.only.some((part) => name.includes(part));
  const chosen = MUTANTS.filter(isMeant);
  if (chosen.length === 0) return fail([`no mutant's name holds ${flags.only.join(" or ")}`]);
  const stale = chosen.flatMap((mutant) => problemsOf(mutant, ROOT));
  if (stale.length > 0) return fail(stale);
  if (flags.check) return 0;

  if (!flags.resume) rmSync(flags.results, { force: true });
  const done = new Set(lines().map(({ mutant }) => mutant));
  const left = chosen.filter(({ name }) => !done.has(name));
  using first = new PrivateCopy(ROOT);
  const others = Array.from({ length: Math.max(0, jobs - 1) }, async () => {
    using copy = new PrivateCopy(ROOT);
    await breakEach(left, copy);
  });
  await Promise.all([breakEach(left, first), ...others]);
  return sumUp(chosen);
}

/** Takes one mutant after the other from those that are left, in a copy of its own. */
async function breakEach(left: Mutant[], copy: PrivateCopy): Promise<void> {
  for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
    const began = performance.now();
    const { tests, endsProcesses: isAlone = false } = mutant;
    const run = await copy.broken(mutant, () => runTests({ folder: copy.folder, tests, isAlone }));
    const judged = run.outcome === "failed" ? await asItsDoing(run, copy) : run;
    note(lineOf(mutant, judged, copy.commit, Math.round((performance.now() - began) / 1_000)));
  }
}

/** A test that fails without the mutant, too, has noticed nothing. */
async function asItsDoing(run: TestRun & { readonly outcome: "failed" }, copy: PrivateCopy): Promise<TestRun> {
  if (run.file === undefined) return run;
  const file = path.relative(copy.folder, run.file);
  if (sound.get(file) !== true) {
    const whole = await runTests({ folder: copy.folder, tests: [file], isAlone: false });
    sound.set(file, whole.outcome === "passed");
  }
  return sound.get(file) === true ? run : { outcome: "impossible", problem: `${run.by} fails without it, too` };
}

function lineOf({ name, invariant, survives }: Mutant, run: TestRun, commit: string, seconds: number): Line {
  const line = { mutant: name, invariant, commit, seconds };
  switch (run.outcome) {
    case "failed":
      return { ...line, result: "killed", by: run.by };
    case "passed":
      return { ...line, result: "survived", by: survives ?? "nobody knows why" };
    case "impossible":
      return { ...line, result: "not run", by: run.problem };
    default:
      return run satisfies never;
  }
}

function lines(): readonly Line[] {
  if (!existsSync(flags.results)) return [];
  const text = readFileSync(flags.results, "utf8");
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
}

function note(line: Line): void {
  appendFileSync(flags.results, `${JSON.stringify(line)}\n`);
  console.log(`${line.result.padEnd(9)} ${line.invariant.padEnd(4)} ${line.mutant} (${line.seconds} s): ${line.by}`);
}

function sumUp(chosen: readonly Mutant[]): number {
  const names = new Set(chosen.map(({ name }) => name));
  const all = lines().filter(({ mutant }) => names.has(mutant));
  const of = (result: Line["result"]): readonly Line[] => all.filter((line) => line.result === result);
  const explained = new Set(chosen.flatMap(({ name, survives }) => (survives === undefined ? [] : [name])));
  const unexplained = of("survived").filter(({ mutant }) => !explained.has(mutant));
  console.log(`${of("killed").length} killed, ${of("survived").length} survived, ${of("not run").length} not run`);
  const problems = [...unexplained, ...of("not run")].map(({ mutant, result }) => `${mutant}: ${result}`);
  return problems.length === 0 ? 0 : fail(problems);
}

function fail(problems: readonly string[]): number {
  for (const problem of problems) console.error(problem);
  return 1;
}
