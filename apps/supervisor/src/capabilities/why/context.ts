import type { Context as PoliciesContext } from "../policies/context.ts";

/** What a "why?" is answered from. */
export interface Context extends PoliciesContext {}
