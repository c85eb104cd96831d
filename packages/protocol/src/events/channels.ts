import * as v from "valibot";
import { Text, Word } from "../bounds.ts";
import { always } from "./keep.ts";

/** Of targets of notices. */
export const CHANNEL_EVENTS = {
  /** Nothing is sent to it any more until somebody sees to it; what is told meanwhile waits. */
  "channel.stopped": always(v.object({ target: Word, reason: Text })),
  /** It is sent to again, because of whoever is named. */
  "channel.resumed": always(v.object({ target: Word, by: Word })),
} as const;
