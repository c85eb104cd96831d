import * as v from "valibot";
import { closest } from "./unknown-keys.ts";

/** An object of a configuration in which an unknown key is an error: a switch of security that does nothing must not look like one. */
export function strictSection<const E extends v.ObjectEntries>(entries: E) {
  return v.strictObject(entries, (issue) => {
    if (issue.expected !== "never") return issue.message;
    const near = closest(issue.received.replaceAll('"', ""), Object.keys(entries));
    return `is no setting, and nothing would honour it${near === undefined ? "" : `; did you mean ${near}?`}`;
  });
}
