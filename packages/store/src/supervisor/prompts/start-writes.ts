import type { Queued } from "../commands/questions.ts";
import type { CommandRow } from "../commands/schema.ts";
import { queueCommand } from "../commands/writes.ts";
import { type IdempotencyKey, keyStandsFor } from "../idempotency/keys.ts";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { type Active, activeIn } from "./active-in.ts";

/** A project of a node. */
export interface Place {
  readonly nodeId: string;
  readonly project: string;
}

/** What became of a start, or what is active where nothing was to be, and where that is. */
export type QueuedAlone = Queued | { readonly kind: "active"; readonly active: Active; readonly place: Place };

/** Queues a start, once per key, unless something is active in one of these places: what is looked at, and the start, are one transaction. */
export const queueAlone = write(
  "queueAlone",
  (db: WriterDatabase, command: CommandRow, places: readonly Place[], idempotency?: IdempotencyKey): QueuedAlone => {
    const isKnown = idempotency !== undefined && keyStandsFor(db, idempotency) !== undefined;
    for (const place of isKnown ? [] : places) {
      const active = activeIn(db, place.nodeId, place.project);
      if (active !== undefined) return { kind: "active", active, place };
    }
    return queueCommand.within(db, command, idempotency);
  },
);
