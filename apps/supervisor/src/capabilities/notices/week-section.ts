import { described } from "@hal/daemon";
import * as v from "valibot";
import { Switch } from "../../setting-values.ts";
import { TimeOfDay } from "../policies/section.ts";
import { WEEKDAYS } from "./domain/due-week.ts";

/** Of the section `cost`: when people are told what a week cost. */
export const COST_WEEKLY_REPORT = v.optional(
  v.object({
    enabled: v.optional(
      described(Switch, "whether `cost.reported` is told each week, where a route takes it; see [Costs](#costs)"),
      true,
    ),
    day: v.optional(
      described(
        v.picklist(WEEKDAYS, `is no day; write ${WEEKDAYS.join(", ")}`),
        "on which day of the week: the seven days before it are told",
      ),
      "monday",
    ),
    at: v.optional(described(TimeOfDay, "when, by the clock of `cost.time_zone`"), "08:00"),
  }),
  {},
);
