import type { CostDimension, CostRow } from "@hal/protocol";
import { dayText } from "../../../domain/days.ts";
import { type CostSum, figuresOf, NOTHING_SPENT, plus, tokensOf } from "./cost-figures.ts";
import { providerOf } from "./cost-report.ts";

/** A dimension as the ledger has it. */
export type AskedDimension = Exclude<CostDimension, "day" | "provider">;

/** What is asked of the ledger for a dimension; days are asked one by one. */
export function askedFor(by: readonly CostDimension[]): AskedDimension[] {
  const asked = by.flatMap((dimension): AskedDimension[] => {
    if (dimension === "day") return [];
    return [dimension === "provider" ? "model" : dimension];
  });
  return [...new Set(asked)];
}

/** Sums of one day, or of all days together. */
export interface DaySums {
  readonly day: number | undefined;
  readonly sums: readonly CostSum[];
}

/** What a report is made of. */
export interface Asked {
  readonly by: readonly CostDimension[];
  /** what nodes are called, by id */
  readonly names: ReadonlyMap<string, string>;
}

interface Line {
  readonly keys: readonly string[];
  readonly sum: CostSum;
}

/** The rows of a report: by day in the order of the days, else the most expensive first. Pure. */
export function costRows(days: readonly DaySums[], { by, names }: Asked): CostRow[] {
  const asked = askedFor(by);
  const lines = new Map<string, Line>();
  for (const { day, sums } of days)
    for (const sum of sums) {
      const keys = by.map((dimension) => keyOf(dimension, { day, asked, values: sum.values }));
      const name = JSON.stringify(keys);
      lines.set(name, { keys, sum: plus(lines.get(name)?.sum ?? NOTHING_SPENT, sum) });
    }
  const dayPlace = by.indexOf("day");
  return [...lines]
    .toSorted(([a, one], [b, other]) => inOrder(one, other, dayPlace) || (a < b ? -1 : 1))
    .map(([, { keys, sum }]) => ({
      ...Object.assign({}, ...by.map((dimension, index) => shown(dimension, keys[index] ?? "", names))),
      ...figuresOf(sum),
    }));
}

function inOrder(one: Line, other: Line, dayPlace: number): number {
  const [day = "", otherDay = ""] = dayPlace === -1 ? [] : [one.keys[dayPlace], other.keys[dayPlace]];
  if (day !== otherDay) return day < otherDay ? -1 : 1;
  return other.sum.costNanoUsd - one.sum.costNanoUsd || tokensOf(other.sum) - tokensOf(one.sum);
}

function keyOf(
  dimension: CostDimension,
  { day, asked, values }: { day: number | undefined; asked: readonly AskedDimension[]; values: readonly string[] },
): string {
  if (dimension === "day") return dayText(day ?? 0);
  const value = values[asked.indexOf(dimension === "provider" ? "model" : dimension)] ?? "";
  return dimension === "provider" ? providerOf(value) : value;
}

function shown(dimension: CostDimension, key: string, names: ReadonlyMap<string, string>): Partial<CostRow> {
  const value = key === "" ? null : key;
  switch (dimension) {
    case "model": {
      const provider = value === null ? null : providerOf(value);
      return { provider, model: value === null ? null : value.slice(providerOf(value).length + 1) };
    }
    case "node":
      return { node_id: value, node: value === null ? null : (names.get(value) ?? value) };
    default:
      return { [dimension]: value };
  }
}
