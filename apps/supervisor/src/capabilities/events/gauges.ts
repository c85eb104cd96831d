import { entryOf } from "@hal/protocol/text";
import { FOLLOWER_DOORS, FOLLOWER_NAMES } from "../../log/domain/lag.ts";
import { Gauges } from "../../metrics/gauges.ts";
import type { Context } from "./context.ts";

/** Whoever reads the event log, and the named followers of it. */
export function eventGauges({ metrics, events, readers, followers }: Context): void {
  const read = new Gauges(metrics.registry, () => readers.lags(events.newestId));
  read.labelled("followers", "Readers of the event log, by door", [
    "door",
    FOLLOWER_DOORS,
    (lags, door) => entryOf(lags, door)?.count,
  ]);
  read.labelled("follower_lag_events", "Events that the slowest reader of the event log has not taken, by door", [
    "door",
    FOLLOWER_DOORS,
    (lags, door) => entryOf(lags, door)?.lagEvents,
  ]);
  const named = new Gauges(metrics.registry, () => new Map(followers.reports.map((report) => [report.name, report])));
  named.labelled("named_follower_lag_events", "Places of the event log between a named follower and the newest event", [
    "name",
    FOLLOWER_NAMES,
    (reports, name) => reports.get(name)?.lagEvents,
  ]);
  named.labelled("named_follower_stuck", "1 where a named follower fails at an event and tries it again, else 0", [
    "name",
    FOLLOWER_NAMES,
    (reports, name) => (reports.get(name)?.stuck === undefined ? 0 : 1),
  ]);
  named.labelled("named_follower_set_aside", "Events that a named follower tried in vain and went on without", [
    "name",
    FOLLOWER_NAMES,
    (reports, name) => reports.get(name)?.setAside.count,
  ]);
}
