import type { Context as PromptsContext } from "../prompts/context.ts";

/** What projects may use. */
export interface Context extends PromptsContext {}
