import { inOneLine } from "@hal/protocol/text";

declare const isSaid: unique symbol;

/** Words of this program's own, with others' words in them only as they can be shown. */
export type Said = string & { readonly [isSaid]: true };

/** Makes a sentence for a person: what stands in `${}` is in one line, and nothing in it is invisible. */
export function said(texts: TemplateStringsArray, ...values: readonly (string | number)[]): Said {
  const line = texts.map((text, index) => `${text}${index < values.length ? inOneLine(String(values[index])) : ""}`);
  return line.join("") as Said;
}

/** Names in a sentence: `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}

/** Another's sentence, such as the message of an error, as one line. */
export function saidBy(text: string): Said {
  return inOneLine(text.trim().replaceAll(/\s*\n\s*/g, " ")) as Said;
}
