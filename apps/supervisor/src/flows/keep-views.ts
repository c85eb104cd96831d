import type { AuditView, TokenView } from "@hal/protocol";
import type { AuditRow, TokenRow } from "@hal/store/supervisor";
import { time, timeOrNull } from "./views.ts";

export function tokenView(row: TokenRow, now: number): TokenView {
  const isExpired = row.expiresAt !== null && row.expiresAt <= now;
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    fingerprint: row.secretHash.slice(0, 8),
    state: row.revokedAt !== null ? "revoked" : isExpired ? "expired" : "valid",
    created_at: time(row.createdAt),
    created_by: row.createdBy,
    expires_at: timeOrNull(row.expiresAt),
    last_used_at: timeOrNull(row.lastUsedAt),
    revoked_at: timeOrNull(row.revokedAt),
  };
}

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
