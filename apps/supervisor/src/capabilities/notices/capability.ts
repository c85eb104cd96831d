import { capability } from "../capability.ts";
import type { Context as ChannelsContext } from "../channels/context.ts";
import { tellDays } from "./daily-digest-watch.ts";
import { composerOf } from "./compose/composer.ts";
import type { Context, WatchContext } from "./context.ts";
import { MeasureWatch } from "./measure-watch.ts";
import { routeHandlers } from "./operations.ts";
import { RouteBook } from "./route-book.ts";
import { routeEvent } from "./route-events.ts";
import { WeekTeller } from "./week-teller.ts";

/** Which events are told to whom. */
export const notices = capability<ChannelsContext, Context>()({
  name: "notices",
  open(below, { used, closers }) {
    below.noticeSender.composeBy(composerOf(below));
    const routes = new RouteBook(used);
    const watched: WatchContext = { ...below, routes };
    const measureWatch = new MeasureWatch(watched);
    closers.add("what routes measure", () => measureWatch[Symbol.asyncDispose]());
    return { routes, measureWatch, weekTeller: new WeekTeller(watched, used) };
  },
  handlers: routeHandlers,
  followers: (context) => [
    {
      name: "notices",
      get types() {
        return context.routes.types;
      },
      handle: (event) => routeEvent(context, event),
    },
  ],
  timers: (context, { oftenMs }) => [
    { name: "what routes measure", everyMs: oftenMs, work: () => context.measureWatch.lookAtAll() },
    { name: "digests of days", everyMs: oftenMs, work: () => tellDays(context) },
    { name: "costs of weeks", everyMs: oftenMs, work: () => context.weekTeller.tell() },
  ],
  liveKeys: ["routes", "cost.weekly_report"],
  reload({ routes }, { changed }) {
    if (changed.some((key) => key === "routes" || key.startsWith("channels."))) routes.refresh();
  },
});
