import { and, desc, eq, gte, lt } from "drizzle-orm";
import { sound } from "../sound-rows.ts";
import type { SupervisorStore } from "../store.ts";
import { auditLogs, type AuditRow } from "./schema.ts";

export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  readonly result?: AuditRow["result"] | undefined;
  /** at or after, as the column writes it */
  readonly since?: string | undefined;
  /** only rows before this id */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** What was done or refused, newest first. */
export async function listAudit(store: SupervisorStore, filter: AuditFilter): Promise<AuditRow[]> {
  const { actor, action, target, result, since, before, limit } = filter;
  return sound(
    store,
    "auditLogs",
    store.sqlite.orm
      .select()
      .from(auditLogs)
      .where(
        and(
          actor === undefined ? undefined : eq(auditLogs.actor, actor),
          action === undefined ? undefined : eq(auditLogs.action, action),
          target === undefined ? undefined : eq(auditLogs.target, target),
          result === undefined ? undefined : eq(auditLogs.result, result),
          since === undefined ? undefined : gte(auditLogs.timestamp, since),
          before === undefined ? undefined : lt(auditLogs.id, before),
        ),
      )
      .orderBy(desc(auditLogs.id))
      .limit(limit)
      .all(),
  );
}
