import { spentSince } from "@hal/store/supervisor";
import { CostSums, periodStart } from "../../domain/cost-report.ts";
import type { Handler } from "../dispatch.ts";
import { time } from "../views.ts";

const get: Handler<"cost.get"> = async (context, { period }, { signal }) => {
  const now = context.clock.now();
  const from = periodStart(period, now);
  const sums = new CostSums();
  for await (const expense of spentSince(context.store, from, signal)) sums.add(expense);
  return sums.report(period, time(from), time(now));
};

export const costHandlers = { "cost.get": get };
