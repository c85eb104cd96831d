const GAP = "  ";

/** Rows under a header, each column as wide as it must be; the last one gives way where the terminal is narrow. */
export function table(header: readonly string[], rows: readonly (readonly string[])[], columns?: number): string {
  const cells = [header, ...rows.map((row) => row.map(oneLine))];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => width(row[column] ?? ""))));
  return cells
    .map((row) => {
      const line = row
        .map((cell, column) => pad(cell, column === header.length - 1 ? 0 : (widths[column] ?? 0)))
        .join(GAP);
      return `${columns === undefined ? line : shorten(line, columns)}\n`;
    })
    .join("");
}

/** `key  value` lines, for one thing. */
export function card(entries: readonly (readonly [string, string])[]): string {
  const longest = Math.max(...entries.map(([key]) => key.length));
  return entries.map(([key, value]) => `${key.padEnd(longest)}  ${value}\n`).join("");
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

/** Wide characters of East Asian scripts and emoji take two columns. */
function width(text: string): number {
  let total = 0;
  for (const character of text)
    total +=
      (character.codePointAt(0) ?? 0) > 0x1100 &&
      /\p{Extended_Pictographic}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}/u.test(
        character,
      )
        ? 2
        : 1;
  return total;
}

function pad(text: string, to: number): string {
  return text + " ".repeat(Math.max(0, to - width(text)));
}

function shorten(line: string, columns: number): string {
  const trimmed = line.trimEnd();
  if (width(trimmed) <= columns) return trimmed;
  let kept = "";
  for (const character of trimmed) {
    if (width(kept) + width(character) > columns - 1) break;
    kept += character;
  }
  return `${kept}…`;
}
