import { capability } from "../capability.ts";
import type { Context } from "./context.ts";
import { statusHandlers } from "./operations.ts";

/** How the supervisor is, as a whole. */
export const state = capability<Context>()({
  name: "state",
  handlers: statusHandlers,
});
