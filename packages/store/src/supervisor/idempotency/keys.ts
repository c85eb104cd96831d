import { and, eq } from "drizzle-orm";
import type { WriterDatabase } from "../writer-database.ts";
import { idempotencyKeys } from "./schema.ts";

/** What an actor says once, however often it is asked; of what is asked under it the hash. */
export interface IdempotencyKey {
  readonly actor: string;
  readonly key: string;
  readonly payloadHash: string;
}

/** The id of what an actor's key has made; `other` where it was used with another payload (protocol §5.6). */
export function keyStandsFor(
  db: Pick<WriterDatabase, "orm">,
  { actor, key, payloadHash }: IdempotencyKey,
): { readonly made: string } | "other" | undefined {
  const known = db.orm
    .select()
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.actor, actor), eq(idempotencyKeys.key, key)))
    .get();
  if (known === undefined) return undefined;
  return known.payloadHash === payloadHash ? { made: known.commandId } : "other";
}

/** From now on the key stands for this. */
export function saveKey(
  db: Pick<WriterDatabase, "orm">,
  idempotency: IdempotencyKey,
  { made, now }: { readonly made: string; readonly now: number },
): void {
  const set = { payloadHash: idempotency.payloadHash, commandId: made, createdAt: now };
  db.orm
    .insert(idempotencyKeys)
    .values({ ...idempotency, ...set })
    .onConflictDoUpdate({ target: [idempotencyKeys.actor, idempotencyKeys.key], set })
    .run();
}
