import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";

/** After so long a run is ended, and counts as one that does not end by itself. */
const MOST_MS = 240_000;

/** How a run of tests came out: `by` is the test that failed first, in `file`, `problem` why there was no run. */
export type TestRun =
  | { readonly outcome: "passed" }
  | { readonly outcome: "failed"; readonly by: string; readonly file?: string }
  | { readonly outcome: "impossible"; readonly problem: string };

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message?: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

export interface TestRunOptions {
  readonly folder: string;
  readonly tests: readonly string[];
  /** whether they run where no other process can be seen or ended */
  readonly isAlone: boolean;
}

/** Runs unit tests until the first one fails. */
export async function runTests({ folder, tests, isAlone }: TestRunOptions): Promise<TestRun> {
  const report = path.join(folder, "report.json");
  rmSync(report, { force: true });
  const vitest = ["run", "--project", "unit", "--project", "isolated", "--bail", "1"];
  const command = [
    ...(isAlone ? ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"] : []),
    process.execPath,
    path.join(folder, "node_modules", "vitest", "vitest.mjs"),
    ...vitest,
    "--reporter=json",
    `--outputFile=${report}`,
    ...tests,
  ];
  const [program = "", ...args] = command;
  const child = spawn(program, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let written = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (written = (written + text).slice(-4_000)));
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    process.kill(-(child.pid as number), "SIGKILL");
  }, MOST_MS);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  clearTimeout(late);
  if (isLate) return { outcome: "failed", by: `no end within ${MOST_MS / 1_000} s` };
  if (!existsSync(report)) return { outcome: "impossible", problem: `vitest ended with ${code}: ${written}` };
  return judge(JSON.parse(readFileSync(report, "utf8")) as Report, code);
}

function judge({ testResults }: Report, code: number | null): TestRun {
  for (const { name, assertionResults } of testResults) {
    const failed = assertionResults.find(({ status }) => status === "failed");
    if (failed !== undefined)
      return { outcome: "failed", by: `${path.basename(name)}: ${failed.fullName}`, file: name };
  }
  if (code === 0) return { outcome: "passed" };
  const [problem = `vitest ended with ${code}, and no test failed`] = testResults.flatMap(({ name, message }) =>
    message === undefined || message === "" ? [] : [`${path.basename(name)}: ${message}`],
  );
  return { outcome: "impossible", problem };
}
