import * as v from "valibot";
import type { BillProblem } from "../capabilities/bills/bill-source.ts";
import { type Asking, askJson, type Question } from "./ask-json.ts";

/** More pages than any report of ours has. */
const MOST_PAGES = 60;

const Page = v.object({
  data: v.array(v.unknown()),
  has_more: v.optional(v.boolean(), false),
  next_page: v.nullish(v.string()),
});

/** Buckets of a report with what they say, or why it could not be read to its end. */
export type Read<T> =
  | { readonly kind: "read"; readonly buckets: readonly { readonly value: T; readonly raw: string }[] }
  | { readonly kind: "problem"; readonly problem: BillProblem };

/** Reads a report page by page to its end. Each bucket is judged; one that does not fit makes the report unreadable. */
export async function readPages<const S extends v.GenericSchema>(
  asking: Asking,
  question: Question,
  { query, bucket }: { readonly query: readonly (readonly [string, string])[]; readonly bucket: S },
  signal: AbortSignal,
): Promise<Read<v.InferOutput<S>>> {
  const buckets: { value: v.InferOutput<S>; raw: string }[] = [];
  const seen = new Set<string>();
  let page: string | undefined;
  for (let count = 0; count < MOST_PAGES; count += 1) {
    const asked = new URLSearchParams(query.map(([name, value]): [string, string] => [name, value]));
    if (page !== undefined) asked.set("page", page);
    const answer = await askJson(asking, { ...question, url: `${question.url}?${asked.toString()}` }, signal);
    if (answer.kind === "problem") return answer;
    const judged = v.safeParse(Page, answer.value);
    if (!judged.success) return unreadable("it answered with something that is no report");
    for (const raw of judged.output.data) {
      const one = v.safeParse(bucket, raw);
      if (!one.success) return unreadable(`a part of its report is not as it is documented: ${placeOf(one.issues)}`);
      buckets.push({ value: one.output, raw: JSON.stringify(raw) });
    }
    if (!judged.output.has_more) return { kind: "read", buckets };
    const { next_page: next } = judged.output;
    if (next === null || next === undefined || next === "")
      return unreadable("it says that there is more, and not where");
    if (seen.has(next)) return unreadable("its pages lead in a circle");
    seen.add(next);
    page = next;
  }
  return unreadable(`its report has no end: ${MOST_PAGES} pages were read`);
}

export function unreadable(reason: string): { readonly kind: "problem"; readonly problem: BillProblem } {
  return { kind: "problem", problem: { code: "unreadable", reason } };
}

/** Where something does not fit, without what stands there. */
function placeOf(issues: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): string {
  const keys = (issues[0].path ?? []).map(({ key }) => (typeof key === "number" ? "#" : String(key)));
  return keys.length === 0 ? "it is no object" : keys.join(".").slice(0, 100);
}
