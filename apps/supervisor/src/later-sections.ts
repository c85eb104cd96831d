import { described, Secret } from "@hal/daemon";
import * as v from "valibot";
import { Positive } from "./setting-values.ts";

/** Who says what is spent. */
export const CostSection = v.object({
  poll_interval_minutes: v.optional(described(Positive, "how often providers are asked"), 60),
  providers: v.optional(
    v.object({
      anthropic: v.optional(v.object({ admin_api_key: described(Secret, "an Admin API key of Anthropic") })),
      openai: v.optional(v.object({ org_api_key: described(Secret, "an Admin key of an OpenAI organisation") })),
    }),
    {},
  ),
});
