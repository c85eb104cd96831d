import type { WhoamiView } from "@hal/protocol";
import { timeOrNull } from "../../domain/time.ts";
import type { Context } from "./context.ts";
import type { Handler } from "../../operations/handler.ts";

const get: Handler<"whoami.get", Context> = async (_context, _input, { actor, role, expiresAt }) => ({
  actor,
  // an agent's token is admitted to nothing
  role: role as WhoamiView["role"],
  expires_at: timeOrNull(expiresAt),
});

export const whoamiHandlers = { "whoami.get": get };
