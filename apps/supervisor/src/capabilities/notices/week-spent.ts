import { usd } from "@hal/protocol";
import { dayAt, dayText } from "../../domain/days.ts";
import { time } from "../../domain/time.ts";
import { type DaysSpent, costSummary } from "@hal/words";
import { spentByModel } from "../ledger/days-spent.ts";
import type { Context as LedgerContext } from "../ledger/context.ts";

type Reading = Pick<LedgerContext, "store" | "costZone">;

/** What the ledger has now for the days that an event of a week's costs names; undefined where it names none. */
export async function weekSpent(context: Reading, data: unknown): Promise<DaysSpent | undefined> {
  const { from, to } = { ...(data as { readonly from?: unknown; readonly to?: unknown } | null) };
  if (typeof from !== "number" || typeof to !== "number" || from >= to) return undefined;
  const zone = context.costZone();
  const [fromDay, lastDay] = [dayAt(zone, from), dayAt(zone, to - 1)];
  const spent = await spentByModel(context, { from, fromDay, to, toDay: lastDay + 1 });
  return { first_day: dayText(fromDay), last_day: dayText(lastDay), ...spent };
}

/** The same for a program: in one line, and as figures. */
export async function weekData(context: Reading, data: unknown): Promise<Readonly<Record<string, unknown>>> {
  const spent = await weekSpent(context, data);
  if (spent === undefined) return {};
  const { first_day, last_day, total, models } = spent;
  const { from, to } = data as { readonly from: number; readonly to: number };
  const days = (Date.parse(last_day) - Date.parse(first_day)) / DAY_MS + 1;
  const report = {
    from: time(from),
    to: time(to),
    first_day,
    last_day,
    time_zone: context.costZone(),
    total,
    daily_average_usd: usd((total.cost_usd * 1e6) / days),
    by_model: models.slice(0, MOST_MODELS),
    ...(models.length > MOST_MODELS ? { more_models: models.length - MOST_MODELS } : {}),
  };
  return { text: costSummary(spent).title, report };
}

const DAY_MS = 86_400_000;
const MOST_MODELS = 100;
