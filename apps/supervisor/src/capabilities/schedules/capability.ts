import { capability } from "../capability.ts";
import type { Context as PoliciesContext } from "../policies/context.ts";
import type { Context, LookContext } from "./context.ts";
import { scheduleHandlers } from "./operations.ts";
import { ScheduleBook } from "./schedule-book.ts";
import { ScheduleChecks } from "./schedule-checks.ts";
import { ScheduleMetrics } from "./schedule-metrics.ts";
import { ScheduleWatch } from "./schedule-watch.ts";

/** Events after which it may be known what came of an occasion. */
const WAKES = /^command\./;

/** Events after which a node may have what it had not, or can be asked. */
const NODE_CHANGES = /^(node\.online|opencode\.up|projects\.changed)$/;

/** Schedules: sessions that start again and again, at times that are known before. */
export const schedules = capability<PoliciesContext, Context>()({
  name: "schedules",
  async open(below, { closers, used }) {
    const scheduleBook = new ScheduleBook(below.store, used);
    await scheduleBook.refresh();
    const look: LookContext = { ...below, scheduleBook };
    const scheduleWatch = new ScheduleWatch(look, new ScheduleMetrics(below.metrics.registry));
    await scheduleWatch.findDue();
    closers.add("schedules", () => scheduleWatch[Symbol.asyncDispose]());
    const scheduleChecks = new ScheduleChecks(look);
    closers.add("checks of schedules", () => scheduleChecks[Symbol.asyncDispose]());
    return { scheduleBook, scheduleChecks, scheduleWatch };
  },
  handlers: scheduleHandlers,
  onAppended({ scheduleChecks, scheduleWatch }, { counts }) {
    const types = Object.keys(counts);
    if (scheduleWatch.isWaiting && types.some((type) => WAKES.test(type))) scheduleWatch.wake();
    if (types.some((type) => NODE_CHANGES.test(type))) scheduleChecks.doubt();
  },
  timers: (context, { oftenMs }) => [
    { name: "schedules", everyMs: oftenMs, work: () => context.scheduleWatch.lookAtAll() },
    { name: "checks of schedules", everyMs: oftenMs, beat: () => context.scheduleChecks.beat() },
  ],
  liveKeys: ["schedules"],
  async reload({ scheduleChecks, scheduleWatch }, { changed }) {
    if (!changed.includes("schedules")) return;
    await scheduleWatch.lookAtAll();
    scheduleChecks.wake();
  },
});
