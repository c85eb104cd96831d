import { type CommandGroup, ONCE, WATCH } from "../../grammar/spec.ts";
import { asksFirst, takesSeveral } from "../../grammar/acts.ts";
import { asks, verb } from "../../grammar/verb.ts";
import { listed, said } from "../../output/said.ts";

const card = async () => (await import("./pages.ts")).scheduleCard;

/** What starts again and again. */
export const SCHEDULES: CommandGroup = {
  noun: "schedules",
  summary: "sessions that start again and again, at set times",
  verbs: [
    verb("schedules.list", { options: WATCH, load: async () => (await import("./schedules.ts")).listSchedules }),
    asks("schedules.get", { page: card, prose: ["prompt"] }),
    verb("schedules.add", { options: ONCE, load: async () => (await import("./schedules.ts")).addSchedule }),
    asksFirst(
      takesSeveral(asks("schedules.remove", { page: card, prose: ["prompt"] })),
      (names) => said`Remove ${listed(names)}? What it started goes on. Type yes: `,
    ),
    verb("schedules.run", { options: ONCE, load: async () => (await import("./schedules.ts")).runSchedule }),
    verb("schedules.history", { options: WATCH, load: async () => (await import("./schedules.ts")).showHistory }),
  ],
};
