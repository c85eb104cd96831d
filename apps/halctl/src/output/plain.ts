/**
 * Text without control characters: what a model or a tool wrote must not move the cursor, set the title or
 * paint the screen of whoever reads it. Line breaks and tabs stay.
 */
export function plain(text: string): string {
  return text.replaceAll(/\r\n/g, "\n").replaceAll(/(?![\n\t])\p{Cc}/gu, "\u{FFFD}");
}
