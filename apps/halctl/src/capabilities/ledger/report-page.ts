import type { CostDimension, CostFigures, CostRow, CostTable } from "@hal/protocol";
import { dollars, thousands } from "@hal/words";
import { paint } from "../../output/paint.ts";
import { table } from "../../output/table.ts";
import type { Look } from "../../output/look.ts";

/** A report: a row for each thing that something was spent on, and what all of it came to. */
export function reportPage(report: CostTable, { columns, wide }: Look): string {
  const { by, rows, total, row_count: count, next } = report;
  const header = [...by.map((dimension) => dimension.toUpperCase()), ...(wide ? KINDS : []), "TOKENS", "COST"];
  const last = ["total", ...by.slice(1).map(() => ""), ...figures(total, wide)];
  const lines = rows.map((row) => [...by.map((dimension) => cell(row, dimension)), ...figures(row, wide)]);
  const days = report.first_day === report.last_day ? report.first_day : `${report.first_day} to ${report.last_day}`;
  return [
    `${days} (${report.time_zone})\n\n`,
    table(header, [...lines, last], columns),
    ...(next === null
      ? []
      : [paint("faint", `${thousands(count)} rows in all; --limit has more, and -o csv all of them\n`)]),
    `\n${report.note}\n`,
  ].join("");
}

const KINDS = ["INPUT", "OUTPUT", "REASONING", "CACHE_READ", "CACHE_WRITE", "UNPRICED", "ESTIMATED"];

function figures(of: CostFigures, wide: boolean): string[] {
  const kinds = [
    of.input_tokens,
    of.output_tokens,
    of.reasoning_tokens,
    of.cache_read_tokens,
    of.cache_write_tokens,
    of.unpriced_tokens,
  ].map(thousands);
  const isKnown = of.unpriced_tokens === 0 || of.cost_usd > 0;
  const cost = isKnown ? `${dollars(of.cost_usd)}${mark(of)}` : "no price";
  return [...(wide ? [...kinds, dollars(of.estimated_usd)] : []), thousands(of.tokens), cost];
}

/** What is not opencode's own figure has a mark: `~` where a part is estimated, `+` where a part has no price. */
function mark({ estimated_usd: estimated, unpriced_tokens: unpriced }: CostFigures): string {
  return `${estimated === 0 ? "" : "~"}${unpriced === 0 ? "" : "+"}`;
}

function cell(row: CostRow, dimension: CostDimension): string {
  if (dimension !== "model") return row[dimension] ?? "unknown";
  return row.model == null ? "unknown" : `${row.provider ?? "?"}/${row.model}`;
}
