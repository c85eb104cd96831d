import { EVENT_TYPES } from "@hal/protocol";
import { listEvents } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { nothingLike } from "../../operations/nothing-like.ts";

/** Refuses a type that no event has, here or in the log. */
export async function checkEventType({ store }: Context, type: string | undefined): Promise<void> {
  if (type === undefined || (EVENT_TYPES as readonly string[]).includes(type)) return;
  if ((await listEvents(store, { type, limit: 1 })).length === 0) throw nothingLike("event type", type, EVENT_TYPES);
}
