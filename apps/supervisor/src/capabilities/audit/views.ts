import type { AuditView } from "@hal/protocol";
import type { AuditRow } from "@hal/store/supervisor";

export function auditView(row: AuditRow): AuditView {
  return {
    id: row.id,
    timestamp: row.timestamp,
    actor: row.actor,
    role: row.role,
    action: row.action,
    target: row.target,
    args: row.args as Record<string, unknown>,
    result: row.result,
    reason: row.reason,
    duration_ms: row.durationMs,
    surface: row.surface,
    ip: row.ip,
  };
}
