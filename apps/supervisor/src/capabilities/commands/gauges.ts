import { openCommandsByState } from "@hal/store/supervisor";
import { Gauges } from "../../metrics/gauges.ts";
import type { Context } from "./context.ts";

const OPEN_STATES = ["queued", "sent", "running"] as const;

/** Commands that have no outcome. */
export function commandGauges({ metrics, store, clock }: Context): void {
  const gauges = new Gauges(metrics.registry, async () => {
    const open = await openCommandsByState(store);
    return { now: clock.now(), open: new Map<string, (typeof open)[number]>(open.map((one) => [one.state, one])) };
  });
  gauges.labelled("commands_open", "Commands without an outcome, by state", [
    "state",
    OPEN_STATES,
    ({ open }, state) => open.get(state)?.count,
  ]);
  gauges.labelled("commands_oldest_seconds", "Age of the oldest command without an outcome in seconds, by state", [
    "state",
    OPEN_STATES,
    ({ now, open }, state) => Math.max(0, now - (open.get(state)?.oldestAt ?? now)) / 1000,
  ]);
}
