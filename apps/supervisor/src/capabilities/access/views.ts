import type { TokenView } from "@hal/protocol";
import type { SharedTokenRow, TokenRow } from "@hal/store/supervisor";
import { time, timeOrNull } from "../../domain/time.ts";

/** Names of nodes by the fingerprint of the token that their agents have. */
export type Holders = ReadonlyMap<string, readonly string[]>;

export function tokenView(
  row: TokenRow,
  { now, holders }: { readonly now: number; readonly holders: Holders },
): TokenView {
  const fingerprint = row.secretHash.slice(0, 8);
  const isExpired = row.expiresAt !== null && row.expiresAt <= now;
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    fingerprint,
    state: row.revokedAt !== null ? "revoked" : isExpired ? "expired" : "valid",
    created_at: time(row.createdAt),
    created_by: row.createdBy,
    expires_at: timeOrNull(row.expiresAt),
    last_used_at: timeOrNull(row.lastUsedAt),
    revoked_at: timeOrNull(row.revokedAt),
    nodes: [...(holders.get(fingerprint) ?? [])],
  };
}

export function sharedTokenView(row: SharedTokenRow, name: "shared" | "previous", holders: Holders): TokenView {
  const fingerprint = row.hash.slice(0, 8);
  return {
    id: name === "shared" ? name : `${name}:${fingerprint}`,
    name,
    role: "admin",
    fingerprint,
    state: name === "previous" && row.revokedAt !== null ? "revoked" : "valid",
    created_at: time(row.since),
    created_by: "configuration",
    expires_at: null,
    last_used_at: timeOrNull(row.lastUsedAt),
    revoked_at: name === "previous" ? timeOrNull(row.revokedAt) : null,
    nodes: [...(holders.get(fingerprint) ?? [])],
  };
}
