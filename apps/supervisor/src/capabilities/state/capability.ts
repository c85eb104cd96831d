import { capability } from "../capability.ts";
import type { Context } from "./context.ts";
import { lookAtState } from "./look-at-state.ts";
import { statusHandlers } from "./operations.ts";

/** How the supervisor is, as a whole. */
export const state = capability<Context>()({
  name: "state",
  open(below) {
    below.metrics.measure(() => lookAtState(below));
    return {};
  },
  handlers: statusHandlers,
});
