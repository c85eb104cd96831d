import type { AuditView } from "@hal/protocol";
import { clockTime } from "@hal/words";
import type { Look } from "../../output/look.ts";
import { table } from "../../output/table.ts";

export function auditTable(rows: readonly AuditView[], look: Look): string {
  return table(
    ["TIMESTAMP", "ACTOR", "ACTION", "TARGET", "RESULT", "FROM", "DETAIL"],
    rows.map((row) => [
      look.wide ? row.timestamp : clockTime(row.timestamp, look.now),
      row.role === null || row.actor === "shared-token" ? row.actor : `${row.actor} (${row.role})`,
      row.action,
      row.target ?? "-",
      row.result,
      `${row.surface}${row.ip === null ? "" : ` ${row.ip}`}`,
      row.reason ?? detailOf(row),
    ]),
    look.wide ? undefined : look.columns,
  );
}

function detailOf({ args, duration_ms: ms }: AuditView): string {
  const fields = Object.entries(args).map(([name, value]) => `${name}=${String(value)}`);
  return [...fields, ...(ms === null ? [] : [`${ms} ms`])].join(" ");
}
