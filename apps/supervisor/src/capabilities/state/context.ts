import type { Context as DatabaseContext } from "../database/context.ts";
import type { Context as EventsContext } from "../events/context.ts";
import type { Context as HealthContext } from "../health/context.ts";
import type { Context as LiveContext } from "../live/context.ts";

/** What is looked at to say how the supervisor is. */
export interface Context extends DatabaseContext, EventsContext, HealthContext, LiveContext {}
