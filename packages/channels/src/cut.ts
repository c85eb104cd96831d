const MARK = "…";
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** The beginning of a text, of at most `most` UTF-16 units with the mark that says that there was more. No sign that people see as one is cut in two. */
export function cutEnd(text: string, most: number): string {
  if (text.length <= most) return text;
  let end = 0;
  // a sign that lies across the edge ends behind it
  for (const { index, segment } of graphemes.segment(text.slice(0, most + MOST_SIGN))) {
    if (index + segment.length > most - MARK.length) break;
    end = index + segment.length;
  }
  return `${text.slice(0, end).trimEnd()}${MARK}`.slice(0, most);
}

/** The end of a text in the same way: of what a program wrote, the last lines matter. Whole lines are left out where it has some. */
export function cutStart(text: string, most: number): string {
  if (text.length <= most) return text;
  const start = text.length - most + MARK.length;
  // the break takes the room of one
  const line = text.indexOf("\n", start);
  if (line !== -1 && line < text.length - 1) return `${MARK}\n${text.slice(line + 1)}`;
  for (const { index } of graphemes.segment(text.slice(start)))
    if (index > 0 || !isLowSurrogate(text.charCodeAt(start))) return `${MARK}${text.slice(start + index)}`;
  return MARK.slice(0, most);
}

/** No sign is longer, as far as anybody meant one. */
const MOST_SIGN = 64;

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
