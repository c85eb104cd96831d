import { type BilledProvider, BILLED_PROVIDERS, type BillsView, type BillView } from "@hal/protocol";
import {
  billedIn,
  billPollsByProvider,
  type LedgerDay,
  ledgerByProviderDay,
  readBillDays,
  type SupervisorStore,
} from "@hal/store/supervisor";
import { time } from "../../domain/time.ts";
import type { Kernel } from "../../kernel.ts";
import type { Links } from "../nodes/link.ts";
import type { Beside } from "../ledger/cost-beside.ts";
import type { BillPoller } from "./bill-poller.ts";
import { standingOf } from "./domain/bill-standing.ts";
import { ledgerSum, usdOf } from "./read-drift.ts";
import { isPlaceholder, keySettingOf } from "./section.ts";
import { subscriptionsByProvider } from "./subscriptions.ts";

const DAY_MS = 86_400_000;
/** A month is the last 30 days, as everywhere. */
const MONTH = 30;

const GOOGLE =
  "Google tells no bill to an API key: Gemini is estimated from tokens, by opencode's prices or those of cost.prices";

interface Described extends Kernel {
  readonly links: Links;
  readonly billPoller: BillPoller;
}

/** Each provider that has a key, and each other one that the ledger knows of these days. */
export async function describeBills(context: Described): Promise<BillsView> {
  const { store, clock, billPoller } = context;
  const today = Math.floor(clock.now() / DAY_MS);
  const ledger = ledgerByProviderDay(store, { from: today - MONTH + 1, to: today });
  const configured = new Map(billPoller.configured.map((access) => [access.provider as string, access]));
  const subscriptions = await subscriptionsByProvider(context);
  const others = new Set([...ledger.map(({ provider }) => provider), ...subscriptions.keys()]);
  const names = [...configured.keys(), ...[...others].filter((name) => !configured.has(name)).toSorted()];
  const polls = billPollsByProvider(store);
  const providers = names.map((provider): BillView => {
    const access = configured.get(provider);
    const common = {
      provider,
      ...ledgerFigures(ledger, provider, today),
      subscriptions: subscriptions.get(provider) ?? [],
    };
    if (access === undefined) return { ...common, ...NOT_BILLED, reason: whyNot(provider) };
    if (isPlaceholder(access))
      return { ...common, ...NOT_BILLED, reason: `${keySettingOf(access.provider)} is a placeholder: nobody is asked` };
    const row = polls.get(provider);
    const { since, ...standing } = standingOf(row, { now: clock.now(), intervalMs: billPoller.intervalMs });
    return {
      ...common,
      ...standing,
      since: timeOrNull(since),
      asking: billPoller.isAsking(access.provider),
      as_of: timeOrNull(row?.toldAt),
      next_poll_at: time(billPoller.nextAt(access.provider, row)),
      billed_today_usd: billedUsd(store, access.provider, { from: today, to: today }),
      billed_month_usd: billedUsd(store, access.provider, { from: today - MONTH + 1, to: today }),
    };
  });
  return { providers, note: noteOf(billPoller.accesses.length) };
}

const NOT_BILLED = {
  state: "not_asked",
  code: null,
  since: null,
  stale: false,
  asking: false,
  as_of: null,
  next_poll_at: null,
  billed_today_usd: null,
  billed_month_usd: null,
} as const;

function noteOf(configured: number): string {
  const source =
    configured === 0
      ? "no cost provider is configured: name one under cost.providers"
      : "billed figures are the providers' own, of days of UTC; those of the ledger are opencode's";
  return `${source}. ${GOOGLE}`;
}

function whyNot(provider: string): string {
  const billed = BILLED_PROVIDERS.find((one) => one === provider);
  if (billed !== undefined) return `${keySettingOf(billed)} is not set`;
  return provider.startsWith("google") ? GOOGLE : "no bill of it can be asked for: its figures are the ledger's alone";
}

function ledgerFigures(ledger: readonly LedgerDay[], provider: string, today: number) {
  return {
    ledger_today_usd: usdOf(
      ledgerSum(
        ledger.filter(({ day }) => day === today),
        provider,
      ),
    ),
    ledger_month_usd: usdOf(ledgerSum(ledger, provider)),
  };
}

interface DaySpan {
  readonly from: number;
  readonly to: number;
}

/** What a provider billed for some days; null where it told none of them, which is not nothing. */
function billedUsd(store: SupervisorStore, provider: BilledProvider, span: DaySpan): number | null {
  const isTold = readBillDays(store, span).some((row) => row.provider === provider && row.report === "cost");
  return isTold ? usdOf(billedIn(store, provider, span)) : null;
}

/** The bills beside a report of the ledger, of the days of UTC that it touches. */
export function billsBeside(
  { store, clock, billPoller }: Pick<Described, "store" | "clock" | "billPoller">,
  { from, to }: { readonly from: number; readonly to: number },
): Beside {
  const polls = billPollsByProvider(store);
  const span = { from: Math.floor(from / DAY_MS), to: Math.floor(to / DAY_MS) };
  const now = clock.now();
  const all = billPoller.accesses.map(({ provider }) => {
    const row = polls.get(provider);
    const standing = standingOf(row, { now, intervalMs: billPoller.intervalMs });
    const isDegraded = standing.state === "failing" || standing.state === "stale";
    return { provider, row, standing, isDegraded, billed: billedUsd(store, provider, span) };
  });
  const degraded = all.filter(({ isDegraded }) => isDegraded).map(({ provider }) => provider);
  return {
    providers: all.map(({ provider }) => provider),
    degraded_providers: degraded,
    bills: all.map(({ provider, row, standing, billed }) => ({
      provider,
      billed_usd: billed,
      as_of: timeOrNull(row?.toldAt),
      stale: standing.stale,
    })),
    source: sourceOf(
      all.map(({ provider }) => provider),
      degraded,
    ),
  };
}

function sourceOf(providers: readonly string[], degraded: readonly string[]): string {
  if (providers.length === 0) return "no cost provider is configured: these are opencode's own figures";
  const own = "these are opencode's own figures, and what providers bill is beside them";
  if (degraded.length === 0) return own;
  return `${own}; degraded: ${degraded.join(" and ")} ${degraded.length === 1 ? "does" : "do"} not answer, see halctl cost providers`;
}

function timeOrNull(at: number | null | undefined): string | null {
  return at === null || at === undefined ? null : time(at);
}
