import { eq } from "drizzle-orm";
import { sharedTokensByAge } from "./shared-tokens.ts";
import type { SharedTokenRow } from "./rows.ts";
import { sharedTokens } from "./schema.ts";
import type { WriterDatabase } from "./writer-database.ts";

/**
 * Notes which shared tokens the configuration names, by their hashes; one that becomes the current one is not revoked any more.
 * Returns all that ever were, oldest first.
 */
export function noteSharedTokens(
  db: WriterDatabase,
  { current, previous }: { readonly current: string; readonly previous: readonly string[] },
  now: number,
): SharedTokenRow[] {
  const known = sharedTokensByAge(db.orm);
  const latest = known.at(-1);
  if (latest?.hash !== current) {
    const since = Math.max(now, (latest?.since ?? 0) + 1);
    db.orm
      .insert(sharedTokens)
      .values({ hash: current, since, lastUsedAt: null, revokedAt: null })
      .onConflictDoUpdate({ target: sharedTokens.hash, set: { since, revokedAt: null } })
      .run();
  }
  // it was current before this database was there
  const before = Math.min(now, known[0]?.since ?? now) - 1;
  for (const hash of previous)
    db.orm
      .insert(sharedTokens)
      .values({ hash, since: before, lastUsedAt: null, revokedAt: null })
      .onConflictDoNothing()
      .run();
  return sharedTokensByAge(db.orm);
}

/** Ends a shared token that is not the current one any more; one that has ended before keeps its time. */
export function revokeSharedToken(db: WriterDatabase, hash: string, now: number): SharedTokenRow | undefined {
  const row = db.orm.select().from(sharedTokens).where(eq(sharedTokens.hash, hash)).get();
  if (row === undefined || row.revokedAt !== null) return row;
  db.orm.update(sharedTokens).set({ revokedAt: now }).where(eq(sharedTokens.hash, hash)).run();
  return { ...row, revokedAt: now };
}

/** Keeps when shared tokens were used last. */
export function noteSharedTokenUse(
  db: WriterDatabase,
  uses: readonly { readonly hash: string; readonly at: number }[],
): void {
  for (const { hash, at } of uses)
    db.orm.update(sharedTokens).set({ lastUsedAt: at }).where(eq(sharedTokens.hash, hash)).run();
}
