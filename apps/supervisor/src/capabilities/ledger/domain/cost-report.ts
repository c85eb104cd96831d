import { type CostKinds, type CostReport, usd } from "@hal/protocol";
import { costKindsText } from "@hal/words";
import { type CostSum, kindsOf, NOTHING_SPENT, plus, tokensOf } from "./cost-figures.ts";

/** What was spent in a period, by what is shown of it. */
export interface Spent {
  /** by project and model */
  readonly byProjectAndModel: readonly CostSum[];
  readonly byNode: readonly CostSum[];
  readonly byActor: readonly CostSum[];
  /** how many sessions spent something */
  readonly sessions: number;
  /** what nodes are called, by id */
  readonly names: ReadonlyMap<string, string>;
  /** what providers bill, and where the figures come from */
  readonly beside: Pick<CostReport, "providers" | "degraded_providers" | "bills"> & { readonly source: string };
}

/** What a report is about; times are ISO 8601. */
export type CostSpan = Pick<CostReport, "period" | "from" | "to" | "time_zone">;

/** The cost of a period, each part the most expensive first. Pure. */
export function costReport(
  span: CostSpan,
  { byProjectAndModel, byNode, byActor, sessions, names, beside: { source, ...bills } }: Spent,
): CostReport {
  const total = byProjectAndModel.reduce(plus, NOTHING_SPENT);
  const kinds = kindsOf(total);
  const cost = usdOf(total);
  const tokens = tokensOf(total);
  const modelOf = ([, model = ""]: readonly string[]): string => (model === "" ? "unknown/unknown" : model);
  return {
    ...span,
    total_tokens: tokens,
    total_cost_usd: cost,
    by_provider: rowsOf(
      byProjectAndModel,
      (values) => providerOf(modelOf(values)),
      (provider) => ({ provider }),
    ),
    by_model: rowsOf(byProjectAndModel, modelOf, (model) => ({
      provider: providerOf(model),
      model: model.slice(providerOf(model).length + 1),
    })),
    by_project: rowsOf(
      byProjectAndModel,
      ([project = ""]) => project,
      (project) => ({ project }),
    ),
    by_node: rowsOf(byNode, first, (id) => ({
      node_id: id === "" ? null : id,
      node: id === "" ? null : (names.get(id) ?? id),
    })),
    by_actor: rowsOf(byActor, first, (actor) => ({ actor: actor === "" ? null : actor })),
    kinds,
    ...bills,
    note: noteOf(source, kinds),
    session_count: sessions,
    total_cost: cost,
    tokens_used: tokens,
  };
}

function noteOf(source: string, kinds: CostKinds): string {
  const further = costKindsText(kinds);
  return further === "" ? source : `${source}; ${further}`;
}

/** The provider of a `provider/model`. */
export function providerOf(model: string): string {
  return model.split("/", 1)[0] ?? model;
}

function first([value = ""]: readonly string[]): string {
  return value;
}

function usdOf({ costNanoUsd }: CostSum): number {
  return usd(costNanoUsd / 1_000);
}

function rowsOf<T>(
  sums: readonly CostSum[],
  keyOf: (values: readonly string[]) => string,
  nameOf: (key: string) => T,
): (T & { tokens: number; cost_usd: number })[] {
  const added = new Map<string, CostSum>();
  for (const sum of sums) {
    const key = keyOf(sum.values);
    added.set(key, plus(added.get(key) ?? NOTHING_SPENT, sum));
  }
  return [...added]
    .toSorted(([a, x], [b, y]) => y.costNanoUsd - x.costNanoUsd || tokensOf(y) - tokensOf(x) || (a < b ? -1 : 1))
    .map(([key, sum]) => ({ ...nameOf(key), tokens: tokensOf(sum), cost_usd: usdOf(sum) }));
}
