import { described, strictSection } from "@hal/daemon";
import * as v from "valibot";

/** How sessions are looked after beside their status. */
export const HealthSection = strictSection({
  quiet_seconds: v.optional(
    described(
      v.pipe(v.number("must be a number"), v.minValue(0.1, "is below 0.1"), v.maxValue(3_600, "is above 3600")),
      "a busy session is told to be quiet when nothing moved for so long, neither in it nor in what it started",
    ),
    60,
  ),
  task_seconds: v.optional(
    described(
      v.pipe(v.number("must be a number"), v.minValue(0.1, "is below 0.1"), v.maxValue(3_600, "is above 3600")),
      "so far apart `.context/CURRENT_TASK.md` is read while a session works",
    ),
    30,
  ),
});
