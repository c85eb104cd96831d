import type { Context as IncomingContext } from "./capabilities/incoming/context.ts";
import type { Context as StateContext } from "./capabilities/state/context.ts";
import type { Desk } from "./operations/dispatch.ts";

/** Everything together, as the doors see it: the kernel, what each capability adds to it, and the desk. */
export interface Context extends IncomingContext, StateContext, Desk {}
