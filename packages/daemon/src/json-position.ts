export type ParsedJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: string };

/** Parses JSON; a problem says line and column, as an editor counts them. */
export function parseJson(text: string): ParsedJson {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    const { message } = error as SyntaxError;
    const position = /position (\d+)/.exec(message)?.[1];
    const at = position === undefined ? text.length : Number(position);
    const before = text.slice(0, at).split("\n");
    const column = (before.at(-1)?.length ?? 0) + 1;
    // the others quote what is around, which may be a secret
    const reason = /^(?:Expected|Unterminated|Bad|No number|Exponent|Unexpected (?:end|non-whitespace))/.test(message)
      ? message.replace(/ in JSON at position .*| \(line .*\)$/s, "")
      : "something stands where it cannot";
    return { ok: false, problem: `line ${before.length}, column ${column}: not valid JSON: ${reason}` };
  }
}
