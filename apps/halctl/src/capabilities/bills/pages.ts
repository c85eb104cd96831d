import type { BillsView, BillView, DriftView } from "@hal/protocol";
import { ago, dollars } from "@hal/words";
import { paint, paintStatus } from "../../output/paint.ts";
import { table } from "../../output/table.ts";
import type { Look } from "../../output/look.ts";

/** How asking each provider goes and what it billed; below it why, and what no provider tells. */
export function billsPage({ providers, note }: BillsView, look: Look): string {
  const list = table(
    ["PROVIDER", "STATE", "BILLED_TODAY", "BILLED_30_DAYS", "LEDGER_TODAY", "LEDGER_30_DAYS", "AS_OF"],
    providers.map((one) => [
      one.provider,
      paintStatus(one.asking ? `${one.state}, asking` : one.state),
      billed(one.billed_today_usd, one),
      billed(one.billed_month_usd, one),
      dollars(one.ledger_today_usd),
      dollars(one.ledger_month_usd),
      one.as_of === null ? "-" : ago(one.as_of, look.now),
    ]),
    look.columns,
  );
  const reasons = providers.map((one) => `${one.provider}: ${one.reason}\n${subscriptionLines(one)}`);
  return [
    list,
    ...(reasons.length === 0 ? [] : ["\n", ...reasons]),
    ...(providers.some(({ stale }) => stale) ? [paint("faint", "* from earlier: the provider does not answer\n")] : []),
    `\n${note}\n`,
  ].join("");
}

/** What was not told is no zero, and what is old has a mark. */
function billed(amount: number | null, { stale }: BillView): string {
  return amount === null ? "-" : `${signed(amount)}${stale ? "*" : ""}`;
}

function subscriptionLines({ subscriptions }: BillView): string {
  return subscriptions
    .map(({ node, window, resets_at: resets, shared_with: others }) => {
      const until = resets === null ? "" : `, resets at ${resets}`;
      const shared = others.length === 0 ? "" : `; the same login is on ${others.join(", ")}`;
      return `  a subscription on ${node}, which costs nothing by use: ${window}${until}${shared}\n`;
    })
    .join("");
}

/** Bills beside the ledger, the newest day first; below them why they differ. */
export function driftPage(days: readonly DriftView[], look: Look): string {
  const list = table(
    ["DAY_UTC", "PROVIDER", "LEDGER", "BILLED", "DRIFT", "PERCENT", "STANDS"],
    days.map((one) => [
      one.day,
      one.provider,
      signed(one.ledger_usd),
      one.billed_usd === null ? "-" : signed(one.billed_usd),
      one.difference_usd === null ? "-" : signed(one.difference_usd),
      one.drift_percent === null ? "-" : `${one.drift_percent.toFixed(2)} %`,
      standsText(one),
    ]),
    look.columns,
  );
  const reasons = days
    .filter(({ explanation }) => explanation !== "")
    .map(({ day, provider, explanation }) => `${day} ${provider}: ${explanation}\n`);
  return reasons.length === 0 ? list : `${list}\n${reasons.join("")}`;
}

function standsText({ billed_usd: amount, complete, drifted }: DriftView): string {
  if (amount === null) return "not told";
  if (!complete) return "not complete";
  return drifted ? paint("warn", "drifted") : paint("good", "agrees");
}

function signed(amount: number): string {
  return amount < 0 ? `-${dollars(-amount)}` : dollars(amount);
}
