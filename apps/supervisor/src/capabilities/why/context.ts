import type { Context as CommandsContext } from "../commands/context.ts";

/** What a "why?" is answered from. */
export interface Context extends CommandsContext {}
