import { HEALTH_MARKS } from "@hal/protocol";
import { entryOf } from "@hal/protocol/text";
import { Gauges } from "../../metrics/gauges.ts";
import type { Context } from "./context.ts";
import { sessionsByMark } from "./sessions-by-mark.ts";

/** Sessions that do not get on. */
export function healthGauges(context: Context): void {
  const gauges = new Gauges(context.metrics.registry, () => sessionsByMark(context));
  gauges.labelled("sessions_marked", "Sessions by their health marks", ["mark", HEALTH_MARKS, entryOf]);
}
