import type { CostKinds } from "@hal/protocol";
import { dollars, thousands } from "./amounts.ts";

/** What of a sum is not opencode's own figure, in one line; empty where all of it is. */
export function costKindsText({ estimated_usd: estimated, unpriced_tokens: unpriced }: CostKinds): string {
  const parts = [
    ...(estimated === 0 ? [] : [`${dollars(estimated)} of it is estimated from tokens by cost.prices`]),
    ...(unpriced === 0
      ? []
      : [`${thousands(unpriced)} tokens have no price, and are in no sum: set one in cost.prices`]),
  ];
  return parts.join("; ");
}
