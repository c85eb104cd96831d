import type { Queued } from "../commands/questions.ts";
import type { CommandRow } from "../commands/schema.ts";
import { queueCommand } from "../commands/writes.ts";
import { type IdempotencyKey, keyStandsFor } from "../idempotency/keys.ts";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { type Active, activeIn } from "./active-in.ts";

/** What became of a start, or what is active where it was to begin. */
export type QueuedAlone = Queued | { readonly kind: "active"; readonly active: Active };

/** Queues a start, once per key, unless something is active in its project: what is looked at, and the start, are one transaction. */
export const queueAlone = write(
  "queueAlone",
  (db: WriterDatabase, command: CommandRow, idempotency?: IdempotencyKey): QueuedAlone => {
    const isKnown = idempotency !== undefined && keyStandsFor(db, idempotency) !== undefined;
    const active = isKnown ? undefined : activeIn(db, command.nodeId, command.project ?? "");
    return active === undefined ? queueCommand.within(db, command, idempotency) : { kind: "active", active };
  },
);
