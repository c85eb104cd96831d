import type { Context as InteractionsContext } from "../interactions/context.ts";

/** What a "why?" is answered from. */
export interface Context extends InteractionsContext {}
