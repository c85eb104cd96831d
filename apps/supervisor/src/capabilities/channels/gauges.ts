import { TARGET_STATES } from "@hal/protocol";
import { Gauges } from "../../metrics/gauges.ts";
import type { Context } from "./context.ts";
import { targetViews } from "./views.ts";

/** Targets, and what waits for them. */
export function channelGauges(context: Context): void {
  const gauges = new Gauges(context.metrics.registry, () => targetViews(context));
  gauges.labelled("notice_targets", "Targets of notices, by how they take what they are sent", [
    "state",
    TARGET_STATES,
    (targets, state) => targets.filter((target) => target.state === state).length,
  ]);
  gauges.plain("notices_waiting", "Notices that are not sent yet", (targets) =>
    targets.reduce((sum, { waiting }) => sum + waiting, 0),
  );
}
