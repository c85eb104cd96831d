import { listAudit } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import type { Handler } from "../../operations/handler.ts";
import { parseRowPlace } from "../../operations/domain/page-place.ts";
import { checkAction } from "./check-action.ts";
import { Page } from "../../operations/page.ts";
import { auditView } from "./views.ts";

const list: Handler<"audit.list", Context> = async (context, { since, cursor, limit, ...filter }) => {
  await context.audit.settled(); // whoever asks sees what was done just now
  await checkAction(context, filter.action);
  const from = since === undefined ? undefined : new Date(since).toISOString();
  const page = { since: from, before: parseRowPlace(cursor), limit: limit + 1 };
  const rows = await listAudit(context.store, { ...filter, ...page });
  return Page.of(rows, limit, ({ id }) => String(id)).map(auditView);
};

export const auditHandlers = { "audit.list": list };
