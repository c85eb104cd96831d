import { capability } from "../capability.ts";
import type { Context as HealthContext } from "../health/context.ts";
import type { Context } from "./context.ts";
import { sessionGauges } from "./gauges.ts";
import { sessionHandlers } from "./operations.ts";
import { sessionCommandHandlers } from "./session-commands.ts";
import { sessionReadHandlers } from "./session-reads.ts";
import { stopAllHandlers } from "./stop-all.ts";

/** Conversations: which there are, what was said in them, and how they begin, go on and stop. */
export const sessions = capability<HealthContext, Context>()({
  name: "sessions",
  open: (_below, { used }) => ({
    isParallel: () => used().sessions.parallel,
    refusesClaimed: () => used().sessions.claim === "refuse",
  }),
  gauges: sessionGauges,
  handlers: { ...sessionHandlers, ...sessionCommandHandlers, ...sessionReadHandlers, ...stopAllHandlers },
  liveKeys: ["sessions.parallel", "sessions.claim"],
});
