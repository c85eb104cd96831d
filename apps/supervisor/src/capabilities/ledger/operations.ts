import { countSpentSince, spentSince } from "@hal/store/supervisor";
import { CostSums, periodStart } from "./domain/cost-report.ts";
import type { Handler } from "../../operations/handler.ts";
import { time } from "../../domain/time.ts";

const get: Handler<"cost.get"> = async (context, { period }) => {
  const now = context.clock.now();
  const from = periodStart(period, now);
  const sums = new CostSums();
  for (const expense of await spentSince(context.store, from)) sums.add(expense);
  const sessions = await countSpentSince(context.store, from);
  return sums.report({ period, from: time(from), to: time(now), sessions });
};

export const costHandlers = { "cost.get": get };
