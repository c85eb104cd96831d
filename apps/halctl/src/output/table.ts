import { eastAsianWidth } from "get-east-asian-width";
import { isMark, unpainted, withoutPaint } from "./paint.ts";

const GAP = "  ";

/** A column that gives way keeps so much, and the last one this much before the others give way. */
const LEAST = 6;

/** What is short, and means another thing when it is cut. */
const RIGID: ReadonlySet<string> = new Set(["STATUS", "STATE", "TYPE", "TOKENS", "COST"]);
const LEAST_AT_END = 24;

/**
 * Rows under a header, each column as wide as it must be. Where the terminal is narrow the widest ones give way, but
 * never the first, which names the row; what is too much then is cut at the edge.
 */
export function table(header: readonly string[], rows: readonly (readonly string[])[], columns?: number): string {
  const cells = [header, ...rows.map((row) => row.map(oneLine))];
  const wanted = header.map((_, column) => Math.max(...cells.map((row) => width(row[column] ?? ""))));
  const widths = columns === undefined ? wanted : givingWay(wanted, header, columns);
  return cells
    .map((row) => {
      const line = row
        .map((cell, column) =>
          column === header.length - 1 ? cell : pad(shorten(cell, widths[column] ?? 0), widths[column] ?? 0),
        )
        .join(GAP);
      return `${columns === undefined ? line : shorten(line, columns)}\n`;
    })
    .join("");
}

function givingWay(wanted: readonly number[], header: readonly string[], columns: number): readonly number[] {
  const widths = [...wanted];
  const last = widths.length - 1;
  const needed = (): number =>
    widths.slice(0, last).reduce((sum, one) => sum + one + GAP.length, 0) + Math.min(widths[last] ?? 0, LEAST_AT_END);
  while (needed() > columns) {
    const least = (column: number): number => Math.max(LEAST, width(header[column] ?? ""));
    let widest = -1;
    for (let column = 1; column < last; column += 1)
      if (!RIGID.has(header[column] ?? "") && (widths[column] ?? 0) > Math.max(least(column), widths[widest] ?? 0))
        widest = column;
    if (widest === -1) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

/** `key  value` lines, for one thing. */
export function card(entries: readonly (readonly [string, string])[]): string {
  const longest = Math.max(...entries.map(([key]) => key.length));
  return entries.map(([key, value]) => `${key.padEnd(longest)}  ${value}\n`).join("");
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

/** How many columns a text takes: two for wide characters, none for marks on a letter. */
export function width(text: string): number {
  let total = 0;
  for (const character of withoutPaint(text)) total += widthOf(character);
  return total;
}

function widthOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  return /^[\p{Mn}\p{Me}]$/u.test(character) ? 0 : eastAsianWidth(code);
}

function pad(text: string, to: number): string {
  return text + " ".repeat(Math.max(0, to - width(text)));
}

function shorten(line: string, columns: number): string {
  const trimmed = line.trimEnd();
  if (width(trimmed) <= columns) return trimmed;
  let kept = "";
  let taken = 0;
  for (const character of trimmed) {
    const wide = isMark(character) ? 0 : widthOf(character);
    if (taken + wide > columns - 1) break;
    kept += character;
    taken += wide;
  }
  return `${kept}…${unpainted(kept)}`;
}
