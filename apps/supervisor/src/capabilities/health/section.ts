import { described } from "@hal/daemon";
import * as v from "valibot";
import { Positive, PositiveInteger, Switch } from "../../setting-values.ts";

const Told = described(Switch, "whether a person is told; the mark beside the session's status is there in any case");

/** From when on a session that is busy is stuck. */
export const StuckSection = v.object({
  enabled: v.optional(Told, true),
  stuck_minutes: v.optional(
    described(
      Positive,
      "a session is stuck that is busy while nothing moves, neither in it nor in what it started, for so long",
    ),
    15,
  ),
});

/** From when on a session loops in its errors. */
export const ErrorLoopSection = v.object({
  enabled: v.optional(Told, true),
  errors: v.optional(
    described(
      v.pipe(PositiveInteger, v.minValue(3, "is below 3, from which on agents tell of it")),
      "a session is looping in which one tool, or the whole turn, fails so often in a row",
    ),
    3,
  ),
});
