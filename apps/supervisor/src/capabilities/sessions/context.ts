import type { Context as HealthContext } from "../health/context.ts";

/** What sessions may use. */
export interface Context extends HealthContext {}
