import type { Context as ChannelsContext } from "../channels/context.ts";
import type { MeasureWatch } from "./measure-watch.ts";
import type { RouteBook } from "./route-book.ts";
import type { WeekTeller } from "./week-teller.ts";

/** What a look at what is measured stands on. */
export interface WatchContext extends ChannelsContext {
  readonly routes: RouteBook;
}

/** What turns events into notices. */
export interface Context extends WatchContext {
  readonly measureWatch: MeasureWatch;
  readonly weekTeller: WeekTeller;
}
