import { inOneLine } from "./sieve.ts";

/** What a table of a spreadsheet has in a cell. */
export type Cell = string | number | boolean | null | undefined;

/**
 * Rows as CSV (RFC 4180), under the names of their fields. Others' words are text there and nothing else: no spreadsheet takes
 * one of them for a formula, at the beginning of a cell or behind what is a separator elsewhere.
 */
export function csvText(rows: readonly Readonly<Record<string, Cell>>[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  if (names.length === 0) return "";
  return [names, ...rows.map((row) => names.map((name) => row[name]))]
    .map((cells) => `${cells.map(cellText).join(",")}\r\n`)
    .join("");
}

/** As spreadsheets know formulas, in wide characters, too. */
const FORMULA = /(^[\s"]*|[;|,][\s"]*)(?=[=+\-@＝＋－＠])/gu;

function cellText(cell: Cell): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell !== "string") return String(cell);
  const text = inOneLine(cell).replaceAll(FORMULA, "$1'");
  return /[",;\s']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
