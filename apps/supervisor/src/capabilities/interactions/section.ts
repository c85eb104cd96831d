import { described, strictSection } from "@hal/daemon";
import * as v from "valibot";

/** How long the answer of a person waits for its node. */
export const InteractionsSection = strictSection({
  answer_timeout_seconds: v.optional(
    described(
      v.pipe(v.number("must be a number"), v.minValue(1, "is below 1"), v.maxValue(604_800, "is above 604800, 7 days")),
      "an answer that its node did not come for within so long expires, unless whoever gave it said a deadline",
    ),
    300,
  ),
});
