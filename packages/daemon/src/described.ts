import * as v from "valibot";
import { TOKEN_CHARACTERS, TOKEN_LENGTH, TOKEN_PROBLEM, TOKEN_TOO_LONG } from "./token-problem.ts";

/** A schema with the sentence that editors and docs/configuration.md show for the setting. */
export function described<const S extends v.GenericSchema>(schema: S, text: string) {
  return v.pipe(schema, v.description(text));
}

/** Text that nobody else should see; a file can hold it instead, named by the key with `_file`. */
export const Secret = v.pipe(v.string("must be text"), v.minLength(1, "is empty"), v.metadata({ writeOnly: true }));

/** A secret that clients send in a header. */
export const Token = v.pipe(
  v.string("must be text"),
  v.minLength(1, "is empty"),
  v.maxLength(TOKEN_LENGTH, TOKEN_TOO_LONG),
  v.regex(TOKEN_CHARACTERS, TOKEN_PROBLEM),
  v.metadata({ writeOnly: true }),
);
