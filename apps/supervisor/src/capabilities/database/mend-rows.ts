import {
  MEND_ROWS,
  MEND_START,
  mendAll,
  type MendCounts,
  type MendPlace,
  mendPlaceOf,
  mendStep,
  type SupervisorStore,
} from "@hal/store/supervisor";
import type { MaintenanceOptions } from "./maintenance-options.ts";

type Options = Pick<MaintenanceOptions, "clock" | "log">;

/** Marks rows that were stored before there were bounds, where that was not done yet, or not to the end. */
export async function mendOnce(store: SupervisorStore, options: Options, signal: AbortSignal): Promise<void> {
  const from = mendPlaceOf(store.sqlite);
  if (from !== undefined) await mendRows(store, options, signal, from);
}

/** Marks rows that cannot be shown; what others write comes in between. */
export async function mendRows(
  store: SupervisorStore,
  { clock, log }: Options,
  signal: AbortSignal,
  from = MEND_START,
): Promise<MendCounts> {
  const step = (place: MendPlace) => mendStep(store, place, { now: clock.now(), limit: MEND_ROWS });
  const counts = await mendAll(step, from, signal);
  if (Object.keys(counts).length > 0)
    log.warn(counts, "rows that could not be shown were marked; what they held is in events of the type event.invalid");
  return counts;
}
