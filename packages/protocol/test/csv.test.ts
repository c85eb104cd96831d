import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvText } from "../src/text/index.ts";

/** As RFC 4180 has it; with another separator, as spreadsheets of other countries read the same file. */
function read(csv: string, separator = ","): string[][] {
  const rows: string[][] = [];
  let [row, cell, isQuoted]: [string[], string, boolean] = [[], "", false];
  for (let at = 0; at < csv.length; at += 1) {
    const character = csv[at] as string;
    if (isQuoted) {
      if (character !== '"') cell += character;
      else if (csv[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else isQuoted = false;
    } else if (character === '"' && cell === "") isQuoted = true;
    else if (character === separator) [row, cell] = [[...row, cell], ""];
    else if (character === "\n") {
      rows.push([...row, cell]);
      [row, cell] = [[], ""];
    } else if (character !== "\r") cell += character;
  }
  return rows;
}

const RUNS = /^\s*[=+\-@＝＋－＠]/u;

describe("CSV", () => {
  it("is a line of names and a line for each row", () => {
    const rows = [
      { project: "web", cost_usd: 0.000001, day: null },
      { project: "a, b", cost_usd: -3, day: 'say "x"' },
    ];
    expect(csvText(rows)).toBe('project,cost_usd,day\r\nweb,0.000001,\r\n"a, b",-3,"say ""x"""\r\n');
    expect(csvText([])).toBe("");
  });

  it.each([
    "=1+1",
    "+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(1)",
    "＝1+1",
    "\t=1",
    " =1",
    "a;=1+1",
    "a;b; =1",
    "a|@x",
    'x";=1',
    "\r\n=1",
    "\u200b=1",
  ])("gives no spreadsheet anything to run: %j", (text) => {
    for (const separator of [",", ";", "\t", "|"])
      for (const cell of read(csvText([{ first: "x", text, last: "y" }]), separator).flat())
        expect(cell).not.toMatch(RUNS);
  });

  it("has one cell for each text, in which nothing is lost that can be seen", () => {
    const texts = fc.array(
      fc.string({ unit: fc.constantFrom("a", "b", "1", " ", ",", ";", "|", "=", "+", "-", "@", '"', "'") }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(texts, (cells) => {
        const row = Object.fromEntries(cells.map((cell, index) => [`c${index}`, cell]));
        const [head, read1] = read(csvText([row]));
        expect(head).toEqual(Object.keys(row));
        const bare = (cell: string): string => cell.replaceAll("'", "");
        expect(read1?.map(bare)).toEqual(cells.map(bare));
        for (const separator of [",", ";", "|"])
          for (const cell of read(csvText([row]), separator).flat()) expect(cell).not.toMatch(RUNS);
      }),
      { numRuns: 500 },
    );
  });
});
