import { described, strictSection } from "@hal/daemon";
import * as v from "valibot";

/** How long the answer of a person waits for its node, and a permission for a person. */
export const InteractionsSection = strictSection({
  answer_timeout_seconds: v.optional(
    described(
      v.pipe(v.number("must be a number"), v.minValue(1, "is below 1"), v.maxValue(604_800, "is above 604800, 7 days")),
      "an answer that its node did not come for within so long expires, unless whoever gave it said a deadline",
    ),
    300,
  ),
  expire_after_minutes: v.optional(
    described(
      v.pipe(
        v.number("must be a number"),
        v.minValue(0.001, "must be above 0"),
        v.maxValue(43_200, "is above 43200, 30 days"),
      ),
      "a permission that nobody answers within so long expires; nothing expires without it, and a question never does",
    ),
  ),
  on_expiry: v.optional(
    described(
      v.picklist(["deny", "wait"], "must be deny or wait"),
      "`deny`: what expires is denied, with a reason that the model reads; `wait`: it waits on",
    ),
    "deny",
  ),
});
