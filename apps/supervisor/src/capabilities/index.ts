import type { OperationName, StreamName } from "@hal/protocol";
import type { Handler, Stream } from "../operations/dispatch.ts";
import { auditHandlers } from "./audit/operations.ts";
import { commandHandlers } from "./commands/operations.ts";
import { costHandlers } from "./ledger/operations.ts";
import { dbHandlers } from "./database/operations.ts";
import { eventHandlers, eventsStream } from "./events/operations.ts";
import { interactionHandlers } from "./interactions/operations.ts";
import { nodeHandlers } from "./nodes/operations.ts";
import { sessionHandlers } from "./sessions/operations.ts";
import { sessionCommandHandlers } from "./sessions/session-commands.ts";
import { sessionReadHandlers } from "./sessions/session-reads.ts";
import { statusHandlers } from "./state/operations.ts";
import { stopAllHandlers } from "./sessions/stop-all.ts";
import { tokenHandlers } from "./access/operations.ts";
import { sessionsWatch } from "./live/operations.ts";
import { whoamiHandlers } from "./access/whoami.ts";
import { checkNodeHandlers } from "./why/check-node.ts";
import { whyHandlers } from "./why/operations.ts";

/** What runs each operation; an operation without one does not compile. */
export const HANDLERS: { readonly [N in Exclude<OperationName, StreamName>]: Handler<N> } = {
  ...statusHandlers,
  ...whyHandlers,
  ...whoamiHandlers,
  ...nodeHandlers,
  ...checkNodeHandlers,
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
