import * as v from "valibot";
import { COST_POLL_INTERVAL, COST_PROVIDERS } from "./capabilities/bills/section.ts";
import { COST_LEASE_SECONDS } from "./capabilities/budgets/section.ts";
import { COST_PRICES, COST_TIME_ZONE } from "./capabilities/ledger/section.ts";
import { COST_WEEKLY_REPORT } from "./capabilities/notices/week-section.ts";

/** What is spent: by whose clock, at which prices, who is told, and who says so. */
export const CostSection = v.object({
  time_zone: COST_TIME_ZONE,
  prices: COST_PRICES,
  weekly_report: COST_WEEKLY_REPORT,
  lease_seconds: COST_LEASE_SECONDS,
  poll_interval_minutes: COST_POLL_INTERVAL,
  providers: COST_PROVIDERS,
});
