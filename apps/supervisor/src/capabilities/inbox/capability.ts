import { capability } from "../capability.ts";
import type { Context } from "./context.ts";
import { inboxHandlers } from "./operations.ts";

/** What needs a person, wherever it is. */
export const inbox = capability<Context>()({ name: "inbox", handlers: inboxHandlers });
