import { described, Secret } from "@hal/daemon";
import * as v from "valibot";
import { COST_PRICES, COST_TIME_ZONE } from "./capabilities/ledger/section.ts";
import { COST_WEEKLY_REPORT } from "./capabilities/notices/week-section.ts";
import { Positive } from "./setting-values.ts";

/** Who says what is spent. */
export const CostSection = v.object({
  time_zone: COST_TIME_ZONE,
  prices: COST_PRICES,
  weekly_report: COST_WEEKLY_REPORT,
  poll_interval_minutes: v.optional(described(Positive, "how often providers are asked"), 60),
  providers: v.optional(
    v.object({
      anthropic: v.optional(v.object({ admin_api_key: described(Secret, "an Admin API key of Anthropic") })),
      openai: v.optional(v.object({ org_api_key: described(Secret, "an Admin key of an OpenAI organisation") })),
    }),
    {},
  ),
});
