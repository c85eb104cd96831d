import type { DbCheck, DbInfo, DbPruned } from "@hal/protocol";
import { ago, bytes, span, thousands } from "@hal/words";
import { card } from "../../output/table.ts";
import type { Look } from "../../output/look.ts";

/** The database at a glance. */
export function dbCard(db: DbInfo, { now }: Look): string {
  return card([
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
  ]);
}

/** What is wrong with the database, or that nothing is. */
export function checkedPage({ damage, unreadable = {}, duration_ms: ms }: DbCheck, isRepaired: boolean): string {
  if (damage.length > 0)
    return `damaged; stop the supervisor and restore a backup: hal-supervisor db restore FILE\n${damage.join("\n")}\n`;
  const rows = Object.entries(unreadable).map(([table, count]) => [table, thousands(count)] as const);
  if (rows.length === 0) return `ok, after ${span(ms)}\n`;
  const what = isRepaired ? "rows that could not be shown were marked" : "rows cannot be shown; --repair marks them";
  return `${what}\n${card(rows)}`;
}

/** What was deleted, or would be. */
export function prunedPage({ dry_run: isDryRun, waits_for: waitsFor, ...counts }: DbPruned): string {
  const rows = Object.entries(counts).map(([name, count]) => [name.replaceAll("_", " "), thousands(count)] as const);
  const held = waitsFor == null ? "" : `older events stay for ${waitsFor}, which has not done them yet\n`;
  return `${isDryRun ? "would be deleted" : "deleted"}\n${card(rows)}${held}`;
}
