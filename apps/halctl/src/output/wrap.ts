import { width } from "./table.ts";

/** Words in lines of that width at most, where there is one; a longer word has a line of its own. */
export function wrap(text: string, columns: number | undefined): string {
  if (columns === undefined) return text;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && width(longer) > columns) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].join("\n");
}
