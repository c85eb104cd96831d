import type { CostReport } from "@hal/protocol";
import { entryOf } from "@hal/protocol/text";
import { ago, dollars, periodSummary, thousands } from "@hal/words";
import { table } from "../../output/table.ts";
import type { Look } from "../../output/look.ts";

const NAMES: Readonly<Record<CostReport["period"], string>> = {
  today: "today",
  week: "the last 7 days",
  month: "the last 30 days",
};

/** What a period cost: by model, by project, and where the figures come from. */
export function costPage(report: CostReport, { columns, now }: Look): string {
  const { by_model: models, by_project: projects, total_tokens: tokens, total_cost_usd: cost } = report;
  const firstDay = dayIn(report.time_zone, report.from);
  const count = `${report.session_count} session${report.session_count === 1 ? "" : "s"}`;
  const byModel = table(
    ["PROVIDER", "MODEL", "TOKENS", "COST"],
    [
      ...models.map((row) => [row.provider, row.model, thousands(row.tokens), dollars(row.cost_usd)]),
      ["total", "", thousands(tokens), dollars(cost)],
    ],
    columns,
  );
  const byProject = table(
    ["PROJECT", "TOKENS", "COST"],
    projects.map((row) => [row.project, thousands(row.tokens), dollars(row.cost_usd)]),
    columns,
  );
  const byNode = table(
    ["NODE", "TOKENS", "COST"],
    report.by_node.map((row) => [row.node ?? "unknown", thousands(row.tokens), dollars(row.cost_usd)]),
    columns,
  );
  const byActor = table(
    ["WHO", "TOKENS", "COST"],
    report.by_actor.map((row) => [row.actor ?? "unknown", thousands(row.tokens), dollars(row.cost_usd)]),
    columns,
  );
  const told = new Map(report.bills.map((bill) => [bill.provider, bill]));
  const billed = report.bills.flatMap((bill) => (bill.billed_usd === null ? [] : [billedLine(bill, now)]));
  const degraded = report.degraded_providers.map((provider) =>
    (told.get(provider)?.billed_usd ?? null) === null
      ? `${provider} does not answer: its bill is missing\n`
      : `${provider} does not answer: its bill is from earlier\n`,
  );
  return [
    `${entryOf(NAMES, report.period) ?? report.period}, since ${firstDay} (${report.time_zone}), ${count}\n\n`,
    byModel,
    ...(report.period === "today" ? [] : [`\n${periodSummary(report).average}, on average\n`]),
    ...(projects.length === 0 ? [] : ["\n", byProject]),
    // one that has them all says nothing
    ...(report.by_node.length < 2 ? [] : ["\n", byNode]),
    ...(report.by_actor.length < 2 ? [] : ["\n", byActor]),
    "\n",
    ...billed,
    ...degraded,
    `${report.note}\n`,
  ].join("");
}

function billedLine({ provider, billed_usd: amount, as_of: asOf }: CostReport["bills"][number], now: number): string {
  const sum = amount === null ? "-" : amount < 0 ? `-${dollars(-amount)}` : dollars(amount);
  return `billed by ${provider}, days of UTC: ${sum}${asOf === null ? "" : `, as of ${ago(asOf, now)}`}\n`;
}

/** The day that it is there; an older supervisor has days of UTC. */
function dayIn(timeZone: string, at: string): string {
  try {
    return new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(new Date(at));
  } catch {
    return at.slice(0, 10);
  }
}
