import { HalError } from "@hal/protocol";
import { meantText } from "@hal/protocol/text";

/**
 * A filter that can match nothing is refused, with what was probably meant. What is in the log though this release does
 * not know it, such as an event of a later one, can be asked for.
 */
export function nothingLike(kind: string, given: string, known: readonly string[], list = ""): HalError {
  return new HalError("bad_request", `there is no ${kind} ${given}${meantText(given, known) || list}`);
}
