/** A row that came, is another, or went. */
export type RowChange =
  | { readonly kind: "added" | "changed"; readonly row: unknown }
  | { readonly kind: "removed"; readonly id: string };

/** What differs each time somebody looks, and says nothing new. */
const VOLATILE = new Set(["last_heartbeat", "resources", "rssBytes", "server_time", "last_event"]);
const SPAN = /\d+ h \d+ min\b|\d+ (s|min|h|d)\b|\(\d+ missed\)/g;

/** What changed in a list since it was looked at last; the passing of time is no change. */
export function changedRows(
  before: ReadonlyMap<string, string>,
  data: unknown,
): { readonly changes: readonly RowChange[]; readonly now: ReadonlyMap<string, string> } {
  const rows = (Array.isArray(data) ? data : [data]) as { readonly id?: string }[];
  const now = new Map(rows.map((row) => [row.id ?? "", lasting(row)]));
  const changes: RowChange[] = [];
  for (const row of rows) {
    const known = before.get(row.id ?? "");
    if (known === undefined) changes.push({ kind: "added", row });
    else if (known !== now.get(row.id ?? "")) changes.push({ kind: "changed", row });
  }
  for (const id of before.keys()) if (!now.has(id)) changes.push({ kind: "removed", id });
  return { changes, now };
}

function lasting(row: unknown): string {
  return JSON.stringify(row, (key, value: unknown) => {
    if (VOLATILE.has(key)) return undefined;
    return key === "reason" && typeof value === "string" ? value.replaceAll(SPAN, "…") : value;
  });
}
