import { and, eq, gt, isNull, or } from "drizzle-orm";
import type { IdempotencyKey } from "./commands.ts";
import { keepKey, keyStandsFor } from "./idempotency.ts";
import type { TokenRow } from "./rows.ts";
import { tokens } from "./schema.ts";
import type { WriterDatabase } from "./writer-database.ts";

/** A token that was made just now, or by an earlier request with this key; or why there is none. */
export type Created =
  | { readonly kind: "new" | "known"; readonly token: TokenRow }
  /** the key stands for another request */
  | { readonly kind: "conflict" }
  /** a valid token has that name */
  | { readonly kind: "taken" };

/** Keeps a new token, once per idempotency key and once per name. */
export function createToken(db: WriterDatabase, token: TokenRow, idempotency: IdempotencyKey | undefined): Created {
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
  if (idempotency !== undefined) keepKey(db, idempotency, { made: token.id, now });
  return { kind: "new", token };
}

/** Ends a token; one that has ended before keeps its time. */
export function revokeToken(db: WriterDatabase, id: string, now: number): TokenRow | undefined {
  db.orm
    .update(tokens)
    .set({ revokedAt: now })
    .where(and(eq(tokens.id, id), isNull(tokens.revokedAt)))
    .run();
  return db.orm.select().from(tokens).where(eq(tokens.id, id)).get();
}

/** Keeps when tokens were used last. */
export function noteTokenUse(db: WriterDatabase, uses: readonly { readonly id: string; readonly at: number }[]): void {
  for (const { id, at } of uses) db.orm.update(tokens).set({ lastUsedAt: at }).where(eq(tokens.id, id)).run();
}
