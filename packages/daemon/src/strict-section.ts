import * as v from "valibot";

/**
 * An object of a configuration in which an unknown key is an error: a switch of security that does nothing must not look
 * like one. Whoever judges the configuration names all of them (`unknownKeys`); valibot ends at the first.
 */
export function strictSection<const E extends v.ObjectEntries>(entries: E) {
  return v.strictObject(entries);
}
