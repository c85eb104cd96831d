import type { EventsFrame } from "./read-frame.ts";
import type { SupervisorStore } from "../store.ts";
import type { Taken } from "./append-frame.ts";

/** Takes a frame of events, and resolves after its commit; protocol §4.2. */
export function takeFrame(store: SupervisorStore, frame: EventsFrame): Promise<Taken> {
  return store.writer.take(frame);
}
