import type { EventType, HalEvent } from "@hal/protocol";
import type { Tx } from "./tx.ts";

/** An event that was just appended. */
export interface Applied<T extends EventType = EventType> {
  readonly eventId: number;
  readonly event: Extract<HalEvent, { readonly type: T }>;
}

/** How a capability is brought up to an event. Applied twice to one event it changes nothing the second time. */
export interface Fold<T extends EventType = EventType, Told extends object = object> {
  readonly name: string;
  /** the types that it folds */
  readonly events: readonly T[];
  fold(tx: Tx, applied: Applied<T>): void;
  /** what whoever sent the frame hears of it */
  told?(tx: Tx): Told;
}

/** Declares a fold; its types are those that it names. */
export function foldOf<const T extends EventType, Told extends object = object>(fold: Fold<T, Told>): Fold<T, Told> {
  return fold;
}
