import { described, strictSection } from "@hal/daemon";
import * as v from "valibot";
import { Switch } from "../../setting-values.ts";

/** What holds for sessions, whoever began them. */
export const SessionsSection = strictSection({
  prompt_stall_seconds: v.optional(
    described(
      v.pipe(v.number("must be a number"), v.minValue(1, "is below 1"), v.maxValue(86_400, "is above 86400, a day")),
      "a prompt that was sent, and with which no turn was seen to begin for so long, is said to be stalled, with the reason as far as it is known",
    ),
    60,
  ),
  prompt_files_kb: v.optional(
    described(
      v.pipe(
        v.number("must be a number"),
        v.integer("must be a whole number"),
        v.minValue(0, "is below 0"),
        v.maxValue(640, "is above 640, which is what fits into a frame"),
      ),
      "so many KB all files of a prompt may have together; 0 takes none",
    ),
    512,
  ),
  parallel: v.optional(
    described(
      Switch,
      "whether a session may be started in a project in which another one is active: starting, busy, waiting or retrying. One that rests never stands in the way",
    ),
    false,
  ),
  claim: v.optional(
    described(
      v.picklist(["show", "refuse"], 'must be "show" or "refuse"'),
      "what a start does while a session on another node is active on the same branch of the same remote repository: `show` begins, and says so beside both sessions; `refuse` begins nothing",
    ),
    "show",
  ),
});
