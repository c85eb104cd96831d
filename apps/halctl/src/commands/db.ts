import type { DbCheck } from "@hal/protocol";
import { ago, bytes, span, thousands } from "@hal/words";
import { EXIT } from "../exit-codes.ts";
import { note, print } from "../output/print.ts";
import { said } from "../output/said.ts";
import { card } from "../output/table.ts";
import type { Run } from "./command.ts";

export const dbInfo: Run<object> = async (session) => {
  const { output } = await session.client.call("db.info", {});
  print(session, output, (db, { now }) =>
    card([
      ["file", db.file],
      ["size", `${bytes(db.size_bytes)}, and ${bytes(db.wal_bytes)} on their way into it`],
      ["room", `${bytes(db.free_bytes)} free on its disk`],
      ["log id", db.log_id],
      ["schema", String(db.schema_version)],
      ["events", `${thousands(db.events_at_most)} at most`],
      ["oldest event", ago(db.oldest_event_at, now)],
      ["newest event", ago(db.newest_event_at, now)],
      ["pruned", db.pruned_up_to === 0 ? "nothing yet" : `up to event ${db.pruned_up_to}`],
      ["backup", db.backup === null ? "none" : `${bytes(db.backup.size_bytes)}, ${ago(db.backup.made_at, now)}`],
    ]),
  );
  return EXIT.done;
};

export const backUpDb: Run<object> = async (session) => {
  const { output } = await session.client.call("db.backup", {});
  print(session, output, ({ made, file, size_bytes: size, reason }) =>
    made ? `${file}, ${bytes(size ?? 0)}\n` : `no backup was made: ${reason}\n`,
  );
  return output.made ? EXIT.done : EXIT.failed;
};

interface CheckArgs {
  readonly repair: boolean;
}

export const checkDb: Run<CheckArgs> = async (session, { repair }) => {
  note(session, said`reading all of it; Ctrl-C leaves`);
  const { output } = await session.client.call("db.check", {}, { signal: session.terminal.interrupted });
  const isRepaired = repair && output.damage.length === 0;
  const marked = isRepaired ? (await session.client.call("db.repair", {})).output.marked : {};
  print(session, isRepaired ? { ...output, marked } : output, (checked) => describeCheck(checked, isRepaired));
  const isWell = output.damage.length === 0 && (isRepaired || Object.keys(output.unreadable ?? {}).length === 0);
  return isWell ? EXIT.done : EXIT.failed;
};

function describeCheck({ damage, unreadable = {}, duration_ms: ms }: DbCheck, isRepaired: boolean): string {
  if (damage.length > 0)
    return `damaged; stop the supervisor and restore a backup: hal-supervisor db restore FILE\n${damage.join("\n")}\n`;
  const rows = Object.entries(unreadable).map(([table, count]) => [table, thousands(count)] as const);
  if (rows.length === 0) return `ok, after ${span(ms)}\n`;
  const what = isRepaired ? "rows that could not be shown were marked" : "rows cannot be shown; --repair marks them";
  return `${what}\n${card(rows)}`;
}

export interface PruneArgs {
  /** milliseconds */
  readonly olderThan: number;
  readonly dryRun: boolean;
}

export const pruneDb: Run<PruneArgs> = async (session, { olderThan, dryRun }) => {
  const input = { older_than_ms: olderThan, dry_run: dryRun };
  const { output } = await session.client.call("db.prune", input);
  print(session, output, ({ dry_run: isDryRun, ...counts }) => {
    const rows = Object.entries(counts).map(([name, count]) => [name.replaceAll("_", " "), thousands(count)] as const);
    return `${isDryRun ? "would be deleted" : "deleted"}\n${card(rows)}`;
  });
  return EXIT.done;
};
