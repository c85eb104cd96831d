import type { BilledDay, BillLine } from "@hal/store/supervisor";
import type * as v from "valibot";
import type { AskedDays, BillAnswer, BillProblem } from "../capabilities/bills/bill-source.ts";
import type { Asking, Question } from "./ask-json.ts";
import { daysOf } from "./bill-lines.ts";
import { type Read, readPages } from "./read-pages.ts";

/** A report in buckets of a day: how it is asked for, and what a bucket says. */
export interface DailyReport<S extends v.GenericSchema> {
  readonly question: Question;
  readonly query: readonly (readonly [string, string])[];
  readonly bucket: S;
  readonly dayOf: (bucket: v.InferOutput<S>) => number;
  readonly linesOf: (bucket: v.InferOutput<S>) => readonly BillLine[];
}

/** Reads what days cost, and then what was used in them; behind a key that may not ask nothing more is asked. */
export async function askCostAndUsage<C extends v.GenericSchema, U extends v.GenericSchema>(
  asking: Asking,
  { cost, usage }: { readonly cost: DailyReport<C>; readonly usage: DailyReport<U> },
  days: AskedDays,
  signal: AbortSignal,
): Promise<BillAnswer> {
  const costs = await readPages(asking, cost.question, cost, signal);
  if (costs.kind === "problem" && isFinal(costs.problem)) return { reports: [], raws: {}, problem: costs.problem };
  const used = await readPages(asking, usage.question, usage, signal);
  return {
    reports: [
      ...(costs.kind === "read" ? [{ report: "cost" as const, days: readDays(cost, costs.buckets, days) }] : []),
      ...(used.kind === "read" ? [{ report: "usage" as const, days: readDays(usage, used.buckets, days) }] : []),
    ],
    raws: {},
    problem: problemOf(costs, used),
  };
}

/** Nothing else is asked behind it. */
function isFinal({ code }: BillProblem): boolean {
  return code !== "unreadable" && code !== "not_found" && code !== "refused";
}

/** The first that is wrong, with the name of its report. */
function problemOf(cost: Read<unknown>, usage: Read<unknown>): BillProblem | undefined {
  if (cost.kind === "problem") return cost.problem;
  if (usage.kind !== "problem") return undefined;
  return { ...usage.problem, reason: `of its report of usage: ${usage.problem.reason}` };
}

function readDays<S extends v.GenericSchema>(
  { dayOf, linesOf }: DailyReport<S>,
  buckets: readonly { readonly value: v.InferOutput<S>; readonly raw: string }[],
  days: AskedDays,
): BilledDay[] {
  return daysOf(
    buckets.map(({ value, raw }) => ({ day: dayOf(value), raw, lines: linesOf(value) })),
    days,
  );
}
