import type { Context as InboxContext } from "../inbox/context.ts";
import type { Context as IncomingContext } from "../incoming/context.ts";
import type { Context as SchedulesContext } from "../schedules/context.ts";

/** What a "why?" is answered from. */
export interface Context extends InboxContext, IncomingContext, SchedulesContext {}
