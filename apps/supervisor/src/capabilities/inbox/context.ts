import type { Context as SchedulesContext } from "../schedules/context.ts";

/** What the inbox is made from. */
export interface Context extends SchedulesContext {}
