import { capability } from "../capability.ts";
import type { Context } from "./context.ts";
import { checkNodeHandlers } from "./check-node.ts";
import { whyHandlers } from "./operations.ts";

/** Why something is as it is. */
export const why = capability<Context>()({ name: "why", handlers: { ...whyHandlers, ...checkNodeHandlers } });
