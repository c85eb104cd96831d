import type { Clock, Logger, Tracing } from "@hal/daemon";
import type { SupervisorStore } from "@hal/store/supervisor";
import type { Limits } from "./limits.ts";
import type { EventLog } from "./log/event-log.ts";
import type { NamedFollowers } from "./log/named-followers.ts";
import type { Readers } from "./log/readers.ts";
import type { Metrics } from "./metrics/metrics.ts";

/** What every part may use; it knows nothing of what the supervisor can do. */
export interface Kernel {
  readonly version: string;
  readonly startedAt: number;
  readonly store: SupervisorStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** whoever waits for events waits here */
  readonly events: EventLog;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly limits: Limits;
  /** what is done for events by parts that have a name */
  readonly followers: NamedFollowers;
  /** those who read the event log by a stream, and where they are */
  readonly readers: Readers;
  /** aborts when the supervisor stops */
  readonly stopping: AbortSignal;
}
