import type { Context as PoliciesContext } from "../policies/context.ts";

/** What the inbox is made from. */
export interface Context extends PoliciesContext {}
