import type { OperationName, StreamName } from "@hal/protocol";
import type { Handler, Stream } from "../dispatch.ts";
import { auditHandlers } from "./audit.ts";
import { commandHandlers } from "./commands.ts";
import { costHandlers } from "./cost.ts";
import { dbHandlers } from "./db.ts";
import { eventHandlers, eventsStream } from "./events.ts";
import { interactionHandlers } from "./interactions.ts";
import { nodeHandlers } from "./nodes.ts";
import { sessionHandlers } from "./sessions.ts";
import { sessionCommandHandlers } from "./session-commands.ts";
import { sessionReadHandlers } from "./session-reads.ts";
import { statusHandlers } from "./status.ts";
import { stopAllHandlers } from "./stop-all.ts";
import { tokenHandlers } from "./tokens.ts";
import { sessionsWatch } from "./watch.ts";
import { whoamiHandlers } from "./whoami.ts";
import { whyHandlers } from "./why.ts";

/** What runs each operation; an operation without one does not compile. */
export const HANDLERS: { readonly [N in Exclude<OperationName, StreamName>]: Handler<N> } = {
  ...statusHandlers,
  ...whyHandlers,
  ...whoamiHandlers,
  ...nodeHandlers,
  ...sessionHandlers,
  ...sessionCommandHandlers,
  ...sessionReadHandlers,
  ...stopAllHandlers,
  ...interactionHandlers,
  ...commandHandlers,
  ...costHandlers,
  ...eventHandlers,
  ...tokenHandlers,
  ...auditHandlers,
  ...dbHandlers,
};

/** What opens each streaming operation. */
export const STREAMS: { readonly [N in StreamName]: Stream } = {
  "events.stream": eventsStream,
  "sessions.watch": sessionsWatch,
};
