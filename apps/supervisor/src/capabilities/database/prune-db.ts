import { StartupError } from "@hal/daemon";
import { holdDatabase, pruneFile } from "@hal/store/supervisor";
import { parseDuration } from "@hal/words";
import type { RunDb } from "./db-command.ts";
import { formatTable } from "./format.ts";

/** So many rows go at a time: a running supervisor waits for milliseconds. */
const STEP_ROWS = 1_000;

/** Deletes what is older than asked for and needed by nothing that lives. */
export const pruneDb: RunDb = async ({ file, migrations, now, print, warn }, { options }) => {
  const isDryRun = options["dry-run"] === true;
  const before = now - parseAge(String(options["older-than"]));
  const counts = await pruneFile(
    { file, migrations, onWarning: warn, isInUse: isInUse(file, warn) },
    { before, limit: STEP_ROWS, isDryRun },
  );
  const names = [
    ["events", counts.events],
    ["messages", counts.messages],
    ["interactions", counts.interactions],
    ["commands", counts.commands],
    ["prompts", counts.prompts],
    ["occasions of schedules", counts.occasions],
    ["notices", counts.notices],
    ["idempotency keys", counts.idempotencyKeys],
    ["counted messages", counts.spentMessages],
  ] as const;
  print(isDryRun ? "would delete" : "deleted");
  for (const line of formatTable(names.map(([name, count]) => [name, String(count)]))) print(line);
  return 0;
};

function isInUse(file: string, warn: (line: string) => void): boolean {
  using hold = holdDatabase(file, warn);
  return hold.isInUse;
}

/** A span of time in milliseconds, such as `90d`. */
function parseAge(text: string): number {
  try {
    return parseDuration(text);
  } catch {
    throw new StartupError(`--older-than ${text} is no span of time; write it as 90d or 12h`, { exitCode: 2 });
  }
}
