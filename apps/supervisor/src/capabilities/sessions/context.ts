import type { Context as CommandsContext } from "../commands/context.ts";

/** What sessions may use. */
export interface Context extends CommandsContext {}
