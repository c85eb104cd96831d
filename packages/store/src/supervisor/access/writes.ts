import { and, eq, gt, isNull, or } from "drizzle-orm";
import { type IdempotencyKey, saveKey, keyStandsFor } from "../idempotency/keys.ts";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { sharedTokensByAge } from "./questions.ts";
import { type SharedTokenRow, sharedTokens, type TokenRow, tokens } from "./schema.ts";

/** A token that was made just now, or by an earlier request with this key; or why there is none. */
export type Created =
  | { readonly kind: "new" | "known"; readonly token: TokenRow }
  /** the key stands for another request */
  | { readonly kind: "conflict" }
  /** a valid token has that name */
  | { readonly kind: "taken" };

/** Keeps a new token, once per idempotency key and once per name. */
export const createToken = write(
  "createToken",
  (db: WriterDatabase, token: TokenRow, idempotency: IdempotencyKey | undefined): Created => {
    const now = token.createdAt;
    if (idempotency !== undefined) {
      const known = keyStandsFor(db, idempotency);
      if (known === "other") return { kind: "conflict" };
      const earlier =
        known === undefined ? undefined : db.orm.select().from(tokens).where(eq(tokens.id, known.made)).get();
      if (earlier !== undefined) return { kind: "known", token: earlier };
    }
    const isValid = and(isNull(tokens.revokedAt), or(isNull(tokens.expiresAt), gt(tokens.expiresAt, now)));
    const namesake = db.orm
      .select({ id: tokens.id })
      .from(tokens)
      .where(and(eq(tokens.name, token.name), isValid))
      .get();
    if (namesake !== undefined) return { kind: "taken" };
    db.orm.insert(tokens).values(token).run();
    if (idempotency !== undefined) saveKey(db, idempotency, { made: token.id, now });
    return { kind: "new", token };
  },
);

/** Ends a token; one that has ended before keeps its time. */
export const revokeToken = write("revokeToken", (db: WriterDatabase, id: string, now: number): TokenRow | undefined => {
  db.orm
    .update(tokens)
    .set({ revokedAt: now })
    .where(and(eq(tokens.id, id), isNull(tokens.revokedAt)))
    .run();
  return db.orm.select().from(tokens).where(eq(tokens.id, id)).get();
});

/** Records when tokens were used last. */
export const recordTokenUse = write(
  "recordTokenUse",
  (db: WriterDatabase, uses: readonly { readonly id: string; readonly at: number }[]): void => {
    for (const { id, at } of uses) db.orm.update(tokens).set({ lastUsedAt: at }).where(eq(tokens.id, id)).run();
  },
);

/**
 * Records which shared tokens the configuration names, by their hashes; one that becomes the current one is not revoked any more.
 * Returns all that ever were, oldest first.
 */
export const recordSharedTokens = write(
  "recordSharedTokens",
  (
    db: WriterDatabase,
    { current, previous }: { readonly current: string; readonly previous: readonly string[] },
    now: number,
  ): SharedTokenRow[] => {
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
  },
);

/** Ends a shared token that is not the current one any more; one that has ended before keeps its time. */
export const revokeSharedToken = write(
  "revokeSharedToken",
  (db: WriterDatabase, hash: string, now: number): SharedTokenRow | undefined => {
    const row = db.orm.select().from(sharedTokens).where(eq(sharedTokens.hash, hash)).get();
    if (row === undefined || row.revokedAt !== null) return row;
    db.orm.update(sharedTokens).set({ revokedAt: now }).where(eq(sharedTokens.hash, hash)).run();
    return { ...row, revokedAt: now };
  },
);

/** Records when shared tokens were used last. */
export const recordSharedTokenUse = write(
  "recordSharedTokenUse",
  (db: WriterDatabase, uses: readonly { readonly hash: string; readonly at: number }[]): void => {
    for (const { hash, at } of uses)
      db.orm.update(sharedTokens).set({ lastUsedAt: at }).where(eq(sharedTokens.hash, hash)).run();
  },
);
