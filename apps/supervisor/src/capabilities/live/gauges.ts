import { Gauges } from "../../metrics/gauges.ts";
import type { Context } from "./context.ts";

/** Whoever watches live text. */
export function liveGauges({ metrics, live }: Context): void {
  new Gauges(metrics.registry, () => live.watchers).plain("watchers", "Watchers of live text", (watchers) => watchers);
}
