import { described } from "@hal/daemon";
import { Verbosity } from "@hal/protocol";
import * as v from "valibot";
import { QuietHoursFields, TimeOfDay } from "../policies/section.ts";

/** How much a platform for people is told, and when. */
export const VOLUME_ENTRIES = {
  verbosity: v.optional(
    described(
      Verbosity,
      "how much is told: `quiet` what failed or needs a person, `normal` what routes say, `verbose` also each step, in the thread of its session",
    ),
    "normal",
  ),
  quiet_hours: v.optional(
    described(
      QuietHoursFields,
      "when nobody is told but of what is urgent, in place of `policies.quiet_hours`; none where `from` and `to` are the same",
    ),
  ),
  digest_at: v.optional(
    described(
      TimeOfDay,
      "when the day's digest is sent, by the clock of the quiet hours, else of UTC; to the channel called `alerts`, or else the first one",
    ),
  ),
};
