import { capability } from "../capability.ts";
import type { Context as ReferencesContext } from "../references/context.ts";
import type { Context } from "./context.ts";
import { liveGauges } from "./gauges.ts";
import { LiveLane } from "./live-lane.ts";
import { sessionsWatch } from "./operations.ts";

/** Text as it is written, for whoever watches. */
export const live = capability<ReferencesContext, Context>()({
  name: "live",
  open: ({ limits }) => ({ live: new LiveLane(limits.liveWatchers) }),
  gauges: liveGauges,
  streams: { "sessions.watch": sessionsWatch },
});
