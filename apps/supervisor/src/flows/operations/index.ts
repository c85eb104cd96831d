import type { OperationName, StreamName } from "@hal/protocol";
import type { Handler, Stream } from "../dispatch.ts";
import { auditHandlers } from "./audit.ts";
import { commandHandlers } from "./commands.ts";
import { costHandlers } from "./cost.ts";
import { eventHandlers, eventsStream } from "./events.ts";
import { interactionHandlers } from "./interactions.ts";
import { nodeHandlers } from "./nodes.ts";
import { sessionHandlers } from "./sessions.ts";
import { sessionCommandHandlers } from "./session-commands.ts";
import { statusHandlers } from "./status.ts";
import { tokenHandlers } from "./tokens.ts";
import { sessionsWatch } from "./watch.ts";

/** What runs each operation; an operation without one does not compile. */
export const HANDLERS: { readonly [N in Exclude<OperationName, StreamName>]: Handler<N> } = {
  ...statusHandlers,
  ...nodeHandlers,
  ...sessionHandlers,
  ...sessionCommandHandlers,
  ...interactionHandlers,
  ...commandHandlers,
  ...costHandlers,
  ...eventHandlers,
  ...tokenHandlers,
  ...auditHandlers,
};

/** What opens each streaming operation. */
export const STREAMS: { readonly [N in StreamName]: Stream } = {
  "events.stream": eventsStream,
  "sessions.watch": sessionsWatch,
};
