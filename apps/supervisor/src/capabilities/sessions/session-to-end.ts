import { HalError } from "@hal/protocol";
import { listSessions, type SessionRow } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { resolveSession } from "../references/resolve-session.ts";

/**
 * The session that a kill or a restart by this reference ends. A project's name stands for its newest session; what cannot be undone is
 * not done to one of several that nobody named. Throws HalError("ambiguous") with the choices then.
 */
export async function sessionToEnd(context: Context, ref: string, act: "kill" | "restart"): Promise<SessionRow> {
  const session = await resolveSession(context, ref);
  const { id, project, nodeId } = session;
  if (id.startsWith(ref.slice(ref.lastIndexOf("/") + 1))) return session;
  const found = await listSessions(context.store, { project, nodeId, ended: false, roots: true, limit: 20 });
  if (found.length < 2) return session;
  const choices = found.map((one) => one.id);
  const named = found.map((one) => `${one.id} (${one.title})`).join(", ");
  throw new HalError("ambiguous", `${project} has several sessions; say which to ${act}: ${named}`, {
    details: { choices },
  });
}
