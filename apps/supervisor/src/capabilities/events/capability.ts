import type { Context as NodesContext } from "../nodes/context.ts";
import { capability } from "../capability.ts";
import type { Context } from "./context.ts";
import { followerHandlers } from "./follower-operations.ts";
import { eventGauges } from "./gauges.ts";
import { Journal } from "./journal.ts";
import { eventHandlers, eventsStream } from "./operations.ts";

/** What happened, as it is asked for and followed. */
export const events = capability<NodesContext, Context>()({
  name: "events",
  open: (below, { config, readerMs }) => ({
    readerMs: readerMs ?? config.limits.reader_timeout_sec * 1000,
    journal: new Journal(below),
  }),
  gauges: eventGauges,
  followers: ({ journal }) => [journal.follower],
  timers: ({ journal }, { oftenMs }) => [
    { name: "counted lines of the journal", everyMs: oftenMs, beat: () => journal.writeCounted() },
  ],
  beforeLinksEnd: ({ journal }) => journal.writeAll(),
  handlers: { ...eventHandlers, ...followerHandlers },
  streams: { "events.stream": eventsStream },
});
