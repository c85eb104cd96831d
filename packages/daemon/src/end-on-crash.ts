import type { Logger } from "./logger.ts";

/** What of the process is touched where something is thrown that nobody catches. */
export interface CrashingProcess {
  on(event: "uncaughtException" | "unhandledRejection", listener: (error: unknown) => void): unknown;
  exit(code: number): void;
  readonly report?: { excludeEnv?: boolean } | undefined;
}

/**
 * Ends the process with one line and a stack where something is thrown that nobody catches. Node itself would print all
 * that hangs on the error, and, in a report, the environment.
 */
export function endOnCrash(process: CrashingProcess, log: Logger): void {
  if (process.report !== undefined) process.report.excludeEnv = true;
  const end = (error: unknown): void => {
    log.fatal({ error }, "this program has a bug and ends; please report it");
    process.exit(1);
  };
  process.on("uncaughtException", end);
  process.on("unhandledRejection", end);
}
