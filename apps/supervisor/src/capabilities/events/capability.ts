import type { Context as NodesContext } from "../nodes/context.ts";
import { capability } from "../capability.ts";
import type { Context } from "./context.ts";
import { eventHandlers, eventsStream } from "./operations.ts";

/** What happened, as it is asked for and followed. */
export const events = capability<NodesContext, Context>()({
  name: "events",
  open: (_below, { config, readerMs }) => ({
    readerMs: readerMs ?? config.limits.reader_timeout_sec * 1000,
  }),
  handlers: eventHandlers,
  streams: { "events.stream": eventsStream },
});
