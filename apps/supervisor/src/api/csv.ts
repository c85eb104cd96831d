import { HalError, type Operation } from "@hal/protocol";
import { type Cell, csvText } from "@hal/protocol/text";
import type { Context as HonoContext } from "hono";

/** So many pages are put together: a spreadsheet takes no more rows than theirs. */
const MOST_PAGES = 100;

type Rows = readonly Readonly<Record<string, Cell>>[];

/** Whether a request wants the rows of an answer as a spreadsheet takes them. */
export function wantsCsv(c: HonoContext, { table }: Operation): boolean {
  return table !== undefined && /\btext\/csv\b/.test(c.req.header("accept") ?? "");
}

/** All rows of an answer as CSV, page after page, whatever limit was asked for. */
export async function csvAnswer(
  c: HonoContext,
  { name, table = "rows" }: Operation,
  ask: (page: { readonly limit: number; readonly cursor?: string }) => Promise<unknown>,
): Promise<Response> {
  const rows: Rows[number][] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const answer = (await ask({ limit: Number.MAX_SAFE_INTEGER, ...(cursor === undefined ? {} : { cursor }) })) as {
      readonly next?: string | null;
      readonly [field: string]: unknown;
    };
    rows.push(...(answer[table] as Rows));
    if (answer.next == null) return csv(c, name, rows);
    cursor = answer.next;
  }
  throw new HalError("payload_too_large", `the report has more than ${rows.length} rows; ask for less of it`);
}

function csv(c: HonoContext, name: string, rows: Rows): Response {
  return c.body(csvText(rows), 200, {
    "content-type": "text/csv; charset=utf-8; header=present",
    "content-disposition": `attachment; filename="${name.replace(".", "-")}.csv"`,
  });
}
