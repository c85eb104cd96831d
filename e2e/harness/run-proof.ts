import { appendFileSync } from "node:fs";
import { build } from "../../tools/build.mjs";
import { numberOf, readOptions } from "../../tools/options.ts";
import { ensureOpencode } from "../../tools/opencode.mjs";

/** What a proof is given: how much of what it counts, and by which chance. */
export interface ProofRequest {
  readonly opencode: string;
  readonly count: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

interface Proof<R extends { readonly problems: readonly string[] }> {
  /** how it is called */
  readonly command: string;
  /** what is counted, and the name of the option that says how many */
  readonly counted: string;
  readonly usually: number;
  /** what happens to them, behind their number */
  readonly about: string;
  readonly run: (request: ProofRequest, signal: AbortSignal) => Promise<R>;
  /** how many there were in the end */
  readonly done: (report: R) => number;
}

/** Runs a proof as a command with `--seed`, `--verdict FILE` and how many; the exit code is 1 where there is a problem, or where it was too few. */
export async function runProof<R extends { readonly problems: readonly string[] }>(proof: Proof<R>): Promise<void> {
  const { command, counted, usually, about, run, done } = proof;
  const usage = `npm run ${command} -- [--${counted} ${usually}] [--seed 1] [--verdict FILE]`;
  const { values } = readOptions(usage, {
    options: {
      [counted]: { type: "string", default: String(usually) },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      verdict: { type: "string" },
    },
  });
  const [count, seed] = [numberOf(usage, values, counted), numberOf(usage, values, "seed")];
  build();
  console.log(`seed ${seed}: ${count} ${about}`);
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stopping.abort());
  const began = performance.now();
  const opencode = await ensureOpencode();
  const report = await run({ opencode, count, seed, say: (line) => console.log(line) }, stopping.signal);
  const seconds = Math.round((performance.now() - began) / 1000);
  const { verdict } = values;
  if (typeof verdict === "string")
    appendFileSync(verdict, `${JSON.stringify({ at: new Date().toISOString(), seed, seconds, ...report })}\n`);
  console.log(JSON.stringify({ seconds, ...report }, null, 2));
  console.log(`${done(report)} ${counted}: ${report.problems.length} problems`);
  process.exitCode = report.problems.length === 0 && done(report) >= count ? 0 : 1;
}
