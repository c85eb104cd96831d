import type { Context as CommandsContext } from "../commands/context.ts";

/** What holds may use. */
export interface Context extends CommandsContext {}
