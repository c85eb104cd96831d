import type { Context as InboxContext } from "../inbox/context.ts";

/** What a "why?" is answered from. */
export interface Context extends InboxContext {}
