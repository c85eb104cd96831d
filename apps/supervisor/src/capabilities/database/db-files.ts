import { statSync } from "node:fs";
import { backUp, findDamage, holdDatabase, mendFile, readDatabaseFacts, restoreBackup } from "@hal/store/supervisor";
import { bytes, span } from "@hal/words";
import type { RunDb } from "./db-command.ts";
import { formatTable } from "./format.ts";

/** Reads everything; prints `ok` or what is wrong, and marks rows that cannot be shown where that is asked for. */
export const checkDb: RunDb = async ({ file, migrations, now, print, warn }, { options }) => {
  const { found, isInUse } = lookForDamage(file, warn);
  if (found.length > 0) {
    print(`damage was found; ${isInUse ? "stop the supervisor and restore" : "restore"} a backup: db restore FILE`);
    for (const damage of found) print(damage);
    return 1;
  }
  const isDryRun = options["repair"] !== true;
  const counts = Object.entries(await mendFile({ file, migrations, onWarning: warn, isInUse }, { now, isDryRun }));
  for (const [table, count] of counts)
    print(
      `${table}: ${count} cannot be shown as they are${isDryRun ? "; db check --repair marks them" : " and were marked"}`,
    );
  if (counts.length > 0 && isDryRun) return 1;
  print("ok");
  return 0;
};

function lookForDamage(file: string, warn: (line: string) => void) {
  using hold = holdDatabase(file, warn);
  return { found: findDamage(file, "full"), isInUse: hold.isInUse };
}

/** Writes a copy that plain `cp` restores. */
export const backUpDb: RunDb = async ({ file, print, warn }, { options }) => {
  using hold = holdDatabase(file, warn);
  const to = typeof options["to"] === "string" ? options["to"] : `${file}.backup`;
  const result = await backUp(file, { to });
  const since = hold.isInUse ? ", as it is in use now" : "";
  print(result.kind === "made" ? `${to}: ${bytes(result.sizeBytes)}${since}` : `no backup was made: ${result.reason}`);
  return result.kind === "made" ? 0 : 1;
};

/** Puts a backup in the database's place and keeps what was there. */
export const restoreDb: RunDb = async ({ file, print }, { positional = "" }) => {
  const aside = restoreBackup(file, positional);
  print(`${file} is now what ${positional} is`);
  if (aside !== undefined) print(`the one before is ${aside}`);
  return 0;
};

/** Says what there is, without reading much of it. */
export const infoDb: RunDb = async ({ file, now, print, warn }) => {
  using hold = holdDatabase(file, warn);
  const facts = readDatabaseFacts(file);
  const ago = (at: number | undefined): string => (at === undefined ? "none" : `${span(now - at)} ago`);
  const backups = ["backup", "before-migration"].map((kind): [string, string] => {
    const stats = statSync(`${file}.${kind}`, { throwIfNoEntry: false });
    return [kind, stats === undefined ? "none" : `${bytes(stats.size)}, ${ago(stats.mtimeMs)}`];
  });
  const rows: [string, string][] = [
    ["database", file],
    ["in use", hold.isInUse ? "yes" : "no"],
    ["size", `${bytes(facts.sizeBytes)}, and ${bytes(facts.walBytes)} on their way into it`],
    ["log id", facts.logId],
    ["schema", String(facts.schemaVersion)],
    ["events", `${facts.eventsAtMost} at most`],
    ["oldest event", ago(facts.oldestEventAt)],
    ["newest event", ago(facts.newestEventAt)],
    ["pruned up to", facts.prunedUpTo === 0 ? "nothing was pruned" : `event ${facts.prunedUpTo}`],
    ...backups,
  ];
  for (const line of formatTable(rows)) print(line);
  return 0;
};
