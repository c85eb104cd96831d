import { listAudit } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { nothingLike } from "../../operations/nothing-like.ts";
import { AUDIT_ACTIONS } from "./domain/audit-actions.ts";

/** Refuses an action that the audit has not, and cannot have. */
export async function checkAction({ store }: Context, action: string | undefined): Promise<void> {
  if (action === undefined || AUDIT_ACTIONS.includes(action)) return;
  if ((await listAudit(store, { action, limit: 1 })).length === 0) throw nothingLike("action", action, AUDIT_ACTIONS);
}
