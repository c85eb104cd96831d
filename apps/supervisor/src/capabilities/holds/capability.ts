import { capability } from "../capability.ts";
import type { Context as CommandsContext } from "../commands/context.ts";
import { adoptFrom } from "./adopt-holds.ts";
import type { Context } from "./context.ts";
import { holdGauges } from "./gauges.ts";
import { holdHandlers } from "./operations.ts";

/** What may not begin, until somebody releases it. */
export const holds = capability<CommandsContext, Context>()({
  name: "holds",
  open(context) {
    context.briefings.addBefore((hello) => adoptFrom(context, hello));
    return {};
  },
  gauges: holdGauges,
  handlers: holdHandlers,
});
