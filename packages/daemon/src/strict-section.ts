import * as v from "valibot";
import { meantText } from "@hal/protocol/text";

/** An object of a configuration in which an unknown key is an error: a switch of security that does nothing must not look like one. */
export function strictSection<const E extends v.ObjectEntries>(entries: E) {
  return v.strictObject(entries, (issue) => {
    if (issue.expected !== "never") return issue.message;
    const given = issue.received.replaceAll('"', "");
    return `is no setting, and nothing would honour it${meantText(given, Object.keys(entries))}`;
  });
}
