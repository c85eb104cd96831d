import type { TokenView, WhoamiView } from "@hal/protocol";
import { ago, clockTime } from "@hal/words";
import { card, table } from "../../output/table.ts";
import type { Look } from "../../output/look.ts";

export function tokenTable(tokens: readonly TokenView[], look: Look): string {
  const header = ["NAME", "ROLE", "STATE", "FINGERPRINT", "LAST_USED", "EXPIRES", "NODES", "CREATED_BY"];
  const rows = tokens.map((token) => [
    token.name,
    token.role,
    token.state,
    token.fingerprint,
    ago(token.last_used_at, look.now),
    token.expires_at === null ? "never" : clockTime(token.expires_at, look.now),
    nodesText(token, look),
    token.created_by,
  ]);
  if (!look.wide) return table(header, rows, look.columns);
  return table(
    ["ID", ...header],
    rows.map((row, index) => [tokens[index]?.id ?? "", ...row]),
  );
}

/** Their names where there is room for them. */
function nodesText({ nodes }: TokenView, { wide }: Look): string {
  if (nodes.length === 0) return "-";
  return wide ? nodes.join(", ") : String(nodes.length);
}

export function tokenCard(token: TokenView, { now }: Look): string {
  return card([
    ["id", token.id],
    ["name", token.name],
    ["role", token.role],
    ["state", token.state],
    ["fingerprint", token.fingerprint],
    ["created", `${ago(token.created_at, now)} by ${token.created_by}`],
    ["last used", ago(token.last_used_at, now)],
    ["expires", token.expires_at ?? "never"],
    ["revoked", token.revoked_at ?? "-"],
    ["nodes", token.nodes.length === 0 ? "-" : token.nodes.join(", ")],
  ]);
}

/** Who the supervisor takes the caller for. */
export function whoamiCard({ actor, role, expires_at: expires }: WhoamiView, { now }: Look): string {
  return card([
    ["actor", actor],
    ["role", role],
    ["expires", expires === null ? "never" : clockTime(expires, now)],
  ]);
}
