import { described } from "@hal/daemon";
import * as v from "valibot";
import { Text } from "../../setting-values.ts";

/** 0 is never; a timer holds no more than 24 days. */
const Days = v.pipe(v.number("must be a number"), v.minValue(0, "is negative"));
const Hours = v.pipe(v.number("must be a number"), v.minValue(0, "is negative"), v.maxValue(500, "is above 500"));

/** The database, how long it keeps what is old, and its backups. */
export const DatabaseSection = v.object({
  path: v.optional(described(Text, "also `$DB_PATH`"), "/var/lib/hal-o-swarm/supervisor.db"),
  retention_days: v.optional(
    described(Days, "what is older and belongs to nothing that lives is deleted, once a day; 0 keeps everything"),
    90,
  ),
  backup_interval_hours: v.optional(
    described(Hours, "how often `<database>.backup` is made anew, and once more at a stop; 0 makes none"),
    24,
  ),
});
