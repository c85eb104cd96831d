import { capability } from "../capability.ts";
import type { Context as PoliciesContext } from "../policies/context.ts";
import type { Context, LookContext } from "./context.ts";
import { scheduleHandlers } from "./operations.ts";
import { ScheduleBook } from "./schedule-book.ts";
import { ScheduleMetrics } from "./schedule-metrics.ts";
import { ScheduleWatch } from "./schedule-watch.ts";

/** Events after which it may be known what came of an occasion. */
const WAKES = /^command\./;

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
    return { scheduleBook, scheduleWatch };
  },
  handlers: scheduleHandlers,
  onAppended({ scheduleWatch }, { counts }) {
    if (scheduleWatch.isWaiting && Object.keys(counts).some((type) => WAKES.test(type))) scheduleWatch.wake();
  },
  timers: (context, { oftenMs }) => [
    { name: "schedules", everyMs: oftenMs, work: () => context.scheduleWatch.lookAtAll() },
  ],
  liveKeys: ["schedules"],
  async reload({ scheduleWatch }, { changed }) {
    if (changed.includes("schedules")) await scheduleWatch.lookAtAll();
  },
});
