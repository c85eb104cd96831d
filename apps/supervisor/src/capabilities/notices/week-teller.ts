import { appendOwnEvents, type OwnEvent } from "@hal/store/supervisor";
import { dayRange } from "@hal/words";
import { dayText } from "../../domain/days.ts";
import type { SupervisorConfig } from "../../config.ts";
import { hasSpent } from "../ledger/days-spent.ts";
import { type DueWeek, dueWeek, WEEK_TYPE } from "./domain/due-week.ts";
import type { WatchContext } from "./context.ts";

type Used = Pick<SupervisorConfig, "cost" | "database">;

/**
 * Has it told, once each week, that a week's costs can be read, where a route takes that. That a week was told is in the event log, by
 * its first day: so it is told once, whatever is restarted and whatever is done to a clock.
 */
export class WeekTeller {
  readonly #context: Pick<WatchContext, "store" | "clock" | "costZone" | "routes">;
  readonly #used: () => Used;
  /** the week that was told last by this process: it need not be asked for again */
  #told = "";

  constructor(context: WatchContext, used: () => Used) {
    this.#context = context;
    this.#used = used;
  }

  /** Tells it where it is due. */
  async tell(): Promise<void> {
    const { store, clock, costZone, routes } = this.#context;
    const { cost, database } = this.#used();
    const { enabled, day, at } = cost.weekly_report;
    if (!enabled || !routes.types.includes(WEEK_TYPE)) return;
    const now = clock.now();
    const due = dueWeek({ day, at, timeZone: costZone(), keptDays: database.retention_days }, now);
    // a fleet that never spent anything is not told of nothing
    if (due === undefined || keyOf(due) === this.#told || !(await hasSpent({ store }))) return;
    await appendOwnEvents(store, [eventOf(due, now)], now);
    this.#told = keyOf(due);
  }
}

function keyOf({ firstDay }: DueWeek): string {
  return `${WEEK_TYPE}/${dayText(firstDay)}`;
}

function eventOf(due: DueWeek, at: number): OwnEvent {
  const { from, to, firstDay, lastDay } = due;
  const title = dayRange(dayText(firstDay), dayText(lastDay));
  return { event: { type: WEEK_TYPE, at, sourceKey: keyOf(due), data: { from, to, title } } };
}
