import type { Context as HealthContext } from "../health/context.ts";

/** What a "why?" is answered from. */
export interface Context extends HealthContext {}
