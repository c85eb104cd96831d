/**
 * What no terminal and no log is given as it is: controls, format and bidi characters, separators of lines, private
 * and unassigned places, halves of pairs, and whatever is drawn as nothing. Line feed and tab are among them.
 */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
/** Blanks that look like a space and are none; the wide one of East Asian scripts cannot be mistaken for it. */
const FALSE_SPACE = /\u2800|(?![ \u3000])\p{Zs}/gu;
/** A hint at how an emoji is to be drawn; the emoji says all without it. */
const EMOJI_HINT =
  /(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}])\uFE0F?(?:\u200D(?=\p{Extended_Pictographic})|(?<=\uFE0F))|(?<=[0-9#*])\uFE0F(?=\u20E3)/gu;
/** What joins or parts letters, and is of no matter where a person only reads. */
const JOINER = /\u200C|\u200D|[\u00AD\u2060\uFEFF]/g;
/** More marks on one letter than any script puts there reach into the lines above and below. */
const FLOOD = /(?<=[\p{Mn}\p{Me}]{4})[\p{Mn}\p{Me}]+/gu;
const HARMLESS = /^[\x20-\x7e]*$/;

const REPLACED = "\u{FFFD}";

/**
 * Others' words as one line in which everything can be seen: what is invisible is written as `\u{202e}`, a line break
 * as `↵`. What a person decides on is shown like this.
 */
export function inOneLine(text: string): string {
  if (HARMLESS.test(text)) return text;
  return text
    .trimEnd()
    .replaceAll(EMOJI_HINT, "")
    .replaceAll(/\r?\n/g, "↵")
    .replaceAll(UNSEEN, escaped)
    .replaceAll(FALSE_SPACE, escaped)
    .replaceAll(FLOOD, REPLACED);
}

/** Others' words in as many lines as they have, for reading; what would steer a terminal is replaced. */
export function inLines(text: string): string {
  if (HARMLESS.test(text)) return text;
  return text
    .replaceAll(EMOJI_HINT, "")
    .replaceAll(JOINER, "")
    .replaceAll(/\r\n|[\u2028\u2029]/g, "\n")
    .replaceAll(UNSEEN, (character) => (character === "\n" || character === "\t" ? character : REPLACED))
    .replaceAll(FLOOD, REPLACED);
}

/** JSON that says the same and can be shown: what no terminal takes as it is stands as `\uXXXX`; line feeds stay. */
export function harmlessJson(json: string): string {
  if (HARMLESS.test(json)) return json;
  return json
    .replaceAll(UNSEEN, (character) => (character === "\n" ? character : units(character)))
    .replaceAll(FLOOD, units);
}

/** A value as JSON that can be shown. */
export function jsonText(value: unknown, indent?: number): string {
  return harmlessJson(JSON.stringify(value, null, indent) ?? "null");
}

/** Deeper than anything that we say; what nests more is somebody's joke. */
const MOST_DEPTH = 200;

/** The same value with each text in it, and each key, as `change` makes it; `key` is where the text stands. */
export function withTexts<T>(value: T, change: (text: string, key: string) => string): T {
  return changed(value, change, "", 0) as T;
}

function changed(value: unknown, change: (text: string, key: string) => string, key: string, depth: number): unknown {
  if (typeof value === "string") return change(value, key);
  if (typeof value !== "object" || value === null) return value;
  if (depth === MOST_DEPTH) return "…";
  if (Array.isArray(value)) return value.map((item: unknown) => changed(item, change, key, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [inOneLine(name), changed(inner, change, name, depth + 1)]),
  );
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function units(text: string): string {
  return text
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
