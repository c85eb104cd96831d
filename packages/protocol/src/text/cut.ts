/** The beginning of a text, of at most so many UTF-16 units. No letter is cut in two. */
export function headOf(text: string, most: number): string {
  return text.slice(0, most).replace(/[\uD800-\uDBFF]$/, "");
}

/** A text as it is, or as much of its beginning as there is room for with the mark that says that there was more. */
export function cutText(text: string, most: number): string {
  return text.length <= most ? text : `${headOf(text, most - 1)}…`;
}
