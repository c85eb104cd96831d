import { setPrices } from "@hal/store/supervisor";
import { capability } from "../capability.ts";
import type { Context as ReferencesContext } from "../references/context.ts";
import type { Context } from "./context.ts";
import { CostBeside } from "./cost-beside.ts";
import { costHandlers } from "./operations.ts";
import { pricesOf } from "./section.ts";

/** What was spent. */
export const ledger = capability<ReferencesContext, Context>()({
  name: "ledger",
  async open({ store }, { used }) {
    await setPrices(store, pricesOf(used().cost.prices));
    return { costZone: () => used().cost.time_zone, costBeside: new CostBeside() };
  },
  handlers: costHandlers,
  liveKeys: ["cost.time_zone", "cost.prices"],
  async reload({ store }, { next, changed }) {
    if (changed.some((key) => key.startsWith("cost.prices"))) await setPrices(store, pricesOf(next.cost.prices));
  },
});
