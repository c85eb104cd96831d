import { statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { HalError } from "@hal/protocol";
import { followerInTheWay, readDatabaseFacts } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import type { Handler } from "../../operations/handler.ts";
import { time } from "../../domain/time.ts";

const info: Handler<"db.info", Context> = async ({ store }) => {
  const { file } = store.sqlite;
  const facts = readDatabaseFacts(file);
  const { bavail, bsize } = await statfs(dirname(file));
  const backup = statSync(`${file}.backup`, { throwIfNoEntry: false });
  const timeOf = (ms: number | undefined): string | null => (ms === undefined ? null : time(ms));
  return {
    file,
    size_bytes: facts.sizeBytes,
    wal_bytes: facts.walBytes,
    free_bytes: bavail * bsize,
    log_id: facts.logId,
    schema_version: facts.schemaVersion,
    events_at_most: facts.eventsAtMost,
    oldest_event_at: timeOf(facts.oldestEventAt),
    newest_event_at: timeOf(facts.newestEventAt),
    pruned_up_to: facts.prunedUpTo,
    backup:
      backup === undefined
        ? null
        : { file: `${file}.backup`, size_bytes: backup.size, made_at: time(Math.round(backup.mtimeMs)) },
  };
};

const backup: Handler<"db.backup", Context> = async ({ maintenance, store }) => {
  const result = await maintenance.backUp();
  const file = `${store.sqlite.file}.backup`;
  return result.kind === "made"
    ? { made: true, file, size_bytes: result.sizeBytes, reason: null }
    : { made: false, file, size_bytes: null, reason: result.reason };
};

const check: Handler<"db.check", Context> = async ({ maintenance, clock }, _input, { signal }) => {
  const began = clock.monotonic();
  const damage = await maintenance.findDamage(signal);
  const unreadable = damage.length > 0 ? {} : await maintenance.findUnreadable(signal);
  return { damage: [...damage], unreadable, duration_ms: Math.round(clock.monotonic() - began) };
};

const repair: Handler<"db.repair", Context> = async ({ maintenance }) => ({ marked: await maintenance.mend() });

const prune: Handler<"db.prune", Context> = async (
  { maintenance, store, clock },
  { older_than_ms: olderThanMs, dry_run: isDryRun },
) => {
  const counts = await maintenance.prune({ olderThanMs, isDryRun });
  if (counts === undefined)
    throw new HalError(
      "conflict",
      "the clock was set a short time ago, and nothing is deleted by a clock that may be wrong",
    );
  const { events, messages, interactions, commands, prompts, occasions, notices, idempotencyKeys, spentMessages } =
    counts;
  return {
    dry_run: isDryRun,
    events,
    messages,
    interactions,
    commands,
    prompts,
    occasions,
    notices,
    idempotency_keys: idempotencyKeys,
    spent_messages: spentMessages,
    waits_for: (await followerInTheWay(store, clock.now() - olderThanMs))?.name ?? null,
  };
};

export const dbHandlers = {
  "db.info": info,
  "db.backup": backup,
  "db.check": check,
  "db.repair": repair,
  "db.prune": prune,
};
