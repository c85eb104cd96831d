import type { Reporter, TestModule } from "vitest/node";

/** Ends a run with "N passed, N failed, N skipped" alone on its very last line, as CI reads it. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      const failedBefore = count.failed;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        count[state === "pending" ? "failed" : state] += 1; // pending: cut off before it ended
      }
      // a file that did not load, or a hook that threw, fails the module and no test of it
      if (module.state() === "failed" && count.failed === failedBefore) count.failed += 1;
    }
    count.failed += unhandledErrors.length;
    // at exit: what vitest prints after the reporters comes before this
    process.once("exit", (code) => {
      // the run itself failed, such as a global setup that threw
      if (code !== 0 && count.failed === 0) count.failed = 1;
      process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
    });
  }
}
