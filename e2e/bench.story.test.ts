import { spawn } from "node:child_process";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "./harness/program.ts";

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `npm run bench -- …` starts. */
function bench(...args: string[]): Promise<Run> {
  const program = ["--conditions=@hal/source", path.join(ROOT, "bench", "run.ts"), ...args];
  const child = spawn(process.execPath, program, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => (written[name] += text));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, ...written })));
}

// What the numbers are is nobody's business here: other tests may run beside it.
describe("npm run bench", () => {
  test("prints a line of JSON for each figure that was asked for, beside its baseline and its goal", async () => {
    const { code, stdout, stderr } = await bench("--quick", "event-loop-lag", "halctl");
    if (code !== 0) throw new Error(`it ended with ${code}:\n${stderr}`);
    const figures = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    expect(figures.map(({ figure }) => figure)).toEqual([
      "event loop lag of the supervisor under full ingest, p99",
      "halctl --version",
      "halctl nodes list",
    ]);
    for (const figure of figures) {
      expect(Object.keys(figure)).toEqual(["figure", "value", "unit", "baseline", "ratio", "goal", "ok"]);
      expect(figure).toMatchObject({ unit: "ms", goal: expect.stringContaining("≤"), ok: expect.any(Boolean) });
      expect(figure["value"]).toBeGreaterThan(0);
    }
    const [lag, ...commands] = figures;
    expect(lag).toMatchObject({ baseline: null, ratio: null });
    for (const { baseline, ratio } of commands) {
      expect(baseline).toBeGreaterThan(0);
      expect(ratio).toBeGreaterThan(0);
    }
  });

  test("says which benchmarks there are where it does not know a name", async () => {
    const { code, stdout, stderr } = await bench("ingest", "typo");
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain("no benchmark typo");
    expect(stderr).toContain("event-loop-lag: p99 ≤ 15 ms");
  });
});
