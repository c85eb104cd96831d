import type { CostBand, CostForecast } from "@hal/protocol";
import { dollars } from "@hal/words";
import type { Look } from "../../output/look.ts";
import { table } from "../../output/table.ts";

/** What today and this month will have cost, or why nobody can say. */
export function forecastPage({ day, month, state, reason, time_zone: zone }: CostForecast, { columns }: Look): string {
  const row = (name: string, band: CostBand): string[] => [
    name,
    dollars(band.spent_usd),
    ...[band.low_usd, band.likely_usd, band.high_usd].map((amount) => (amount === null ? "-" : dollars(amount))),
  ];
  const reached = [day, month].find(({ reaches_at: at }) => at !== null)?.reaches_at;
  return [
    table(["SPAN", "SO_FAR", "LOW", "LIKELY", "HIGH"], [row("today", day), row("this month", month)], columns),
    reached == null ? "" : `\nthat limit is likely reached at ${reached.slice(0, 16).replace("T", " ")} UTC\n`,
    `\n${state === "cold" ? "no forecast yet: " : ""}${reason} (${zone})\n`,
  ].join("");
}
