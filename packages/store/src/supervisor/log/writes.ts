import type { HalEvent } from "@hal/protocol";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { appendEvent } from "./append-event.ts";

/** An event of the supervisor's own; told twice with one source key, it is in the log once (protocol §4.9). */
export interface OwnEvent {
  readonly event: HalEvent;
  readonly nodeId?: string | undefined;
}

/** Appends the supervisor's own events and returns those that were not in the log yet. */
export const appendOwnEvents = write(
  "appendOwnEvents",
  (db: WriterDatabase, own: readonly OwnEvent[], receivedAt: number): HalEvent[] => {
    return own.flatMap(({ event, nodeId }) => {
      const id = appendEvent(db, {
        nodeId: nodeId ?? null,
        epoch: null,
        seq: null,
        sourceKey: event.sourceKey ?? null,
        at: event.at,
        receivedAt,
        type: event.type,
        project: event.project ?? null,
        sessionId: event.session ?? null,
        data: JSON.stringify(event.data),
      });
      return id === undefined ? [] : [event];
    });
  },
);
