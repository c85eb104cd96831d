import type { EventRow } from "@hal/store/supervisor";
import type { Patience } from "./domain/poison-rule.ts";

/** What is done for events by a part of the supervisor that has a name: for each at least once, in their order, also over restarts. */
export interface Follower<Name extends string = string> {
  readonly name: Name;
  /** those that concern it; undefined for all */
  readonly types?: readonly string[];
  /** returns when it is done; what it throws has the event tried again */
  readonly handle: (event: EventRow, signal: AbortSignal) => Promise<void> | void;
  /** for how long an event that fails is tried, where the usual is not right */
  readonly patience?: Patience;
}
