import * as v from "valibot";
import { Text, Timestamp, Word } from "../bounds.ts";
import { CommandId } from "../ids.ts";
import { always } from "./keep.ts";

/** Of an occasion; `dueAt` is absent where somebody asked for it. */
const About = { schedule: Word, occasionId: Word, dueAt: v.optional(Timestamp), actor: Word };

/** What came of occasions of schedules; `code` is one word for the reason. */
export const SCHEDULE_EVENTS = {
  "schedule.started": always(v.object({ ...About, commandId: CommandId })),
  "schedule.not_started": always(v.object({ ...About, commandId: v.optional(CommandId), code: Word, reason: Text })),
} as const;
