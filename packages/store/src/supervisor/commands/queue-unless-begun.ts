import { and, asc, eq, inArray, isNull } from "drizzle-orm";
import { type IdempotencyKey, keyStandsFor } from "../idempotency/keys.ts";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import type { Queued } from "./questions.ts";
import { type CommandRow, commands } from "./schema.ts";
import { queueCommand } from "./writes.ts";

/** What became of a command, or what is under way for its session that it was not to come beside. */
export type QueuedUnlessBegun = Queued | { readonly kind: "begun"; readonly command: CommandRow };

/**
 * Queues a command, once per key, unless one of these types is under way for its session: what is looked at, and the command, are one
 * transaction.
 */
export const queueUnlessBegun = write(
  "queueUnlessBegun",
  (
    db: WriterDatabase,
    command: CommandRow,
    types: readonly string[],
    idempotency?: IdempotencyKey,
  ): QueuedUnlessBegun => {
    const isKnown = idempotency !== undefined && keyStandsFor(db, idempotency) !== undefined;
    const begun = isKnown ? undefined : underWay(db, command, types);
    return begun === undefined ? queueCommand.within(db, command, idempotency) : { kind: "begun", command: begun };
  },
);

function underWay(db: WriterDatabase, { nodeId, sessionId }: CommandRow, types: readonly string[]) {
  return db.orm
    .select()
    .from(commands)
    .where(
      and(
        eq(commands.nodeId, nodeId),
        isNull(commands.finishedAt),
        eq(commands.sessionId, sessionId ?? ""),
        inArray(commands.type, [...types]),
      ),
    )
    .orderBy(asc(commands.createdAt), asc(commands.id))
    .limit(1)
    .get();
}
