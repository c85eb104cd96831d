/** What must not reach a terminal or a log as it is: controls, marks of direction, what is invisible, and marks of paint. */
const RAW =
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  /[\0-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uE000-\uF8FF\u{E0000}-\u{E007F}\u{F0000}-\u{10FFFD}]/u;

/** The first raw character in a text, with what stands around it; undefined where there is none. */
export function rawCharacterIn(text: string): string | undefined {
  const found = RAW.exec(text);
  if (found === null) return undefined;
  const code = (found[0].codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0");
  const around = text.slice(Math.max(0, found.index - 60), found.index + 60);
  return `U+${code} in ${JSON.stringify(around)}`;
}
