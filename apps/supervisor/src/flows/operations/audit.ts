import { listAudit } from "@hal/store/supervisor";
import type { Handler } from "../dispatch.ts";
import { auditView } from "../keep-views.ts";

const list: Handler<"audit.list"> = async (context, { since, ...filter }) => {
  const from = since === undefined ? undefined : new Date(since).toISOString();
  return (await listAudit(context.store, { ...filter, since: from })).map(auditView);
};

export const auditHandlers = { "audit.list": list };
