import { capability } from "../capability.ts";
import type { Context as CommandsContext } from "../commands/context.ts";
import type { Context } from "./context.ts";
import { healthGauges } from "./gauges.ts";

/** How sessions get on beside their status: whether something moves, whether they loop, and how full their context is. */
export const health = capability<CommandsContext, Context>()({
  name: "health",
  open: (_below, { used }) => ({
    healthLimits: () => {
      const { alert_on_stuck: stuck, alert_on_error_loop: loop } = used().policies;
      return { stuckMs: stuck.stuck_minutes * 60_000, errors: loop.errors };
    },
  }),
  gauges: healthGauges,
  liveKeys: ["policies.alert_on_stuck.stuck_minutes", "policies.alert_on_error_loop.errors"],
});
