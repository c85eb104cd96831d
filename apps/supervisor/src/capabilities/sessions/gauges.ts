import { SESSION_STATUSES } from "@hal/protocol";
import { entryOf } from "@hal/protocol/text";
import { Gauges } from "../../metrics/gauges.ts";
import type { Context } from "./context.ts";
import { sessionsByStatus } from "./sessions-by-status.ts";

/** Sessions, as people see them. */
export function sessionGauges(context: Context): void {
  const gauges = new Gauges(context.metrics.registry, () => sessionsByStatus(context));
  gauges.labelled("sessions_active", "Sessions by status", ["status", SESSION_STATUSES, entryOf]);
}
