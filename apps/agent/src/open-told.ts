import type { AgentStore } from "@hal/store/agent";
import { Holds } from "./capabilities/holds/holds.ts";
import { Leases } from "./capabilities/leases/leases.ts";
import { Spending } from "./capabilities/leases/spending.ts";
import { StandingRules } from "./capabilities/rules/standing-rules.ts";
import type { Context } from "./context.ts";

/** What the supervisor said last of what this agent goes by itself, and what was spent by it. */
export async function openTold(
  store: AgentStore,
  { clock, log }: Pick<Context, "clock" | "log">,
  nodeName: string,
): Promise<Pick<Context, "holds" | "leases" | "rules" | "spending">> {
  const holds = new Holds(store, log, nodeName);
  const leases = new Leases(store, clock, log);
  const rules = new StandingRules(store, log);
  for (const told of [holds, leases, rules]) await told.load();
  return { holds, leases, rules, spending: new Spending(store, () => leases.prices) };
}
