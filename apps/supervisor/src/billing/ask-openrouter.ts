import type { BilledDay, BillLine, ReadReport } from "@hal/store/supervisor";
import * as v from "valibot";
import type { AskedDays, AskForBills } from "../capabilities/bills/bill-source.ts";
import { type Asking, askJson, type JsonAnswer, type Question } from "./ask-json.ts";
import { dayAt, merged, Name, NO_LINE, Tokens } from "./bill-lines.ts";
import { nanoUsdOf } from "./nano-usd.ts";
import { unreadable } from "./read-pages.ts";

const STANDARD = "https://openrouter.ai";
/** So many days that are complete are told. */
const TOLD_DAYS = 30;

const Dollars = v.pipe(
  v.union([v.string(), v.number()]),
  v.transform((text) => nanoUsdOf(text, "dollars")),
  v.number(),
);

const Activity = v.object({
  data: v.array(
    v.object({
      date: v.pipe(
        v.string(),
        v.regex(/^\d{4}-\d\d-\d\d/),
        v.transform((text) => Date.parse(`${text.slice(0, 10)}T00:00:00Z`)),
        v.number(),
        v.transform(dayAt),
      ),
      model: Name,
      usage: Dollars,
      requests: Tokens,
      prompt_tokens: Tokens,
      completion_tokens: Tokens,
    }),
  ),
});

const Key = v.object({
  data: v.object({
    usage_daily: Dollars,
    is_management_key: v.nullish(v.boolean()),
    is_provisioning_key: v.nullish(v.boolean()),
  }),
});

/**
 * OpenRouter's activity of days that are complete, which a management key sees; with another key what that key itself used today.
 * Of credits there is only the answer as it came.
 */
export function askOpenrouter(asking: Asking): AskForBills {
  return async (access, days, signal) => {
    const base = (access.baseUrl ?? STANDARD).replace(/\/api(\/v1)?$/, "");
    const ask = (path: string): Promise<JsonAnswer> => {
      const question: Question = {
        access,
        url: `${base}/api/v1/${path}`,
        headers: { authorization: `Bearer ${access.key}` },
        setting: "cost.providers.openrouter.api_key",
      };
      return askJson(asking, question, signal);
    };
    const activity = await ask("activity");
    if (activity.kind === "problem" && activity.problem.code !== "forbidden")
      return { reports: [], raws: {}, problem: activity.problem };
    if (activity.kind === "problem") return ofKeyAlone(await ask("key"), asking.now());
    const judged = v.safeParse(Activity, activity.value);
    if (!judged.success)
      return { reports: [], raws: {}, ...unreadable("it answered with something that is no report") };
    const credits = await ask("credits");
    return {
      reports: reportsOf(judged.output.data, days, asking.now()),
      raws: { activity: activity.text, ...(credits.kind === "json" ? { credits: credits.text } : {}) },
      note: "it tells of days of UTC that are complete",
    };
  };
}

type Row = v.InferOutput<typeof Activity>["data"][number];

/** All days that it tells of: one without a row had no use. */
function reportsOf(rows: readonly Row[], { from, to }: AskedDays, now: number): ReadReport[] {
  const today = dayAt(now);
  const first = Math.max(from, today - TOLD_DAYS);
  const last = Math.min(to, today - 1);
  const byDay = Map.groupBy(rows, ({ date }) => date);
  const days: number[] = [];
  for (let day = first; day <= last; day += 1) days.push(day);
  const of = (lineOf: (row: Row) => BillLine): BilledDay[] =>
    days.map((day) => ({ day, lines: merged((byDay.get(day) ?? []).map(lineOf)) }));
  return [
    { report: "cost", days: of(({ model, usage }) => ({ ...NO_LINE, model, costNanoUsd: usage })) },
    {
      report: "usage",
      days: of(({ model, requests, prompt_tokens: inputTokens, completion_tokens: outputTokens }) => ({
        ...NO_LINE,
        model,
        requests,
        inputTokens,
        outputTokens,
      })),
    },
  ];
}

function ofKeyAlone(answer: JsonAnswer, now: number): Awaited<ReturnType<AskForBills>> {
  if (answer.kind === "problem") return { reports: [], raws: {}, problem: answer.problem };
  const judged = v.safeParse(Key, answer.value);
  if (!judged.success) return { reports: [], raws: {}, ...unreadable("it answered with something that is no key") };
  const line: BillLine = { ...NO_LINE, item: "this key", costNanoUsd: judged.output.data.usage_daily };
  return {
    reports: [{ report: "cost", days: [{ day: dayAt(now), lines: [line], raw: answer.text }] }],
    raws: { key: answer.text },
    note: "its key is no management key: it tells what this key used today, and no day that is over",
  };
}
