import { BILLED_PROVIDERS, type BilledProvider } from "@hal/protocol";
import { billedIn, billPollsByProvider } from "@hal/store/supervisor";
import { Gauges } from "../../metrics/gauges.ts";
import type { Context } from "./context.ts";
import { readDrift } from "./read-drift.ts";

const DAY_MS = 86_400_000;
const NONE: ReadonlySet<string> = new Set();

/** What providers billed, how old that is, and how far it is from the ledger. */
export function billGauges(context: Context): void {
  const { store, clock, metrics, billPoller } = context;
  const gauges = new Gauges(metrics.registry, () => {
    const configured = new Set<string>(billPoller.accesses.map(({ provider }) => provider));
    return { now: clock.now(), polls: billPollsByProvider(store), configured, drifts: newestDrifts(context) };
  });
  gauges.labelled("cost_provider_failing", "1 where a provider does not tell its bill, else 0", [
    "provider",
    BILLED_PROVIDERS,
    ({ polls, configured }, provider) => (configured.has(provider) && polls.get(provider)?.state === "failing" ? 1 : 0),
  ]);
  gauges.labelled(
    "cost_answer_age_seconds",
    "How old the newest whole bill of a provider is, in seconds; 0 before there is one",
    [
      "provider",
      BILLED_PROVIDERS,
      ({ polls, now, configured }, provider) => {
        const toldAt = configured.has(provider) ? polls.get(provider)?.toldAt : undefined;
        return toldAt === null || toldAt === undefined ? 0 : Math.max(0, now - toldAt) / 1_000;
      },
    ],
  );
  gauges.labelled("cost_billed_today_usd", "What a provider billed for this day of UTC so far, in dollars", [
    "provider",
    BILLED_PROVIDERS,
    ({ now, configured }, provider) => {
      const day = Math.floor(now / DAY_MS);
      return configured.has(provider) ? billedIn(store, provider, { from: day, to: day }) / 1_000_000_000 : 0;
    },
  ]);
  gauges.labelled(
    "cost_drift_ratio",
    "The ledger's sum of the newest complete day beside the bill of it, as a share of the bill: 0 is the same",
    ["provider", BILLED_PROVIDERS, ({ drifts }, provider) => drifts.get(provider as BilledProvider)],
  );
}

/** Of each provider the share of the newest day that is complete. */
function newestDrifts(context: Context): ReadonlyMap<BilledProvider, number | undefined> {
  const providers = context.billPoller.accesses.map(({ provider }) => provider);
  const complete = readDrift(context, { providers, days: 4 }, NONE).filter(({ isComplete }) => isComplete);
  return new Map(complete.toReversed().map(({ provider, share }) => [provider, share]));
}
