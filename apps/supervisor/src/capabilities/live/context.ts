import type { Context as ReferencesContext } from "../references/context.ts";
import type { LiveLane } from "./live-lane.ts";

/** What live text may use, and its lane. */
export interface Context extends ReferencesContext {
  readonly live: LiveLane;
}
