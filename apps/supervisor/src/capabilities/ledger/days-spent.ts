import type { CostFigures, CostRow } from "@hal/protocol";
import { ledgerSums, type LedgerSpan } from "@hal/store/supervisor";
import { dayAt } from "../../domain/days.ts";
import type { Context } from "./context.ts";
import { figuresOf, NOTHING_SPENT, plus } from "./domain/cost-figures.ts";
import { costRows } from "./domain/cost-table.ts";

type Reading = Pick<Context, "store" | "costZone">;

/** What was spent in a span by model, the dearest first, and in all. */
export async function spentByModel(
  { store }: Pick<Context, "store">,
  span: LedgerSpan,
): Promise<{ readonly total: CostFigures; readonly models: readonly CostRow[] }> {
  const sums = await ledgerSums(store, span, ["model"]);
  return {
    total: figuresOf(sums.reduce(plus, NOTHING_SPENT)),
    models: costRows([{ day: undefined, sums }], { by: ["model"], names: new Map() }),
  };
}

/** What was spent since a moment, as of the quarter of an hour that it is in. */
export async function spentSince({ store, costZone }: Reading, at: number): Promise<CostFigures> {
  const [sum] = await ledgerSums(store, { from: at, fromDay: dayAt(costZone(), at) }, []);
  return figuresOf(sum ?? NOTHING_SPENT);
}

/** Whether anything was ever spent. */
export async function hasSpent({ store }: Pick<Context, "store">): Promise<boolean> {
  return (await ledgerSums(store, { from: 0, fromDay: 0 }, [])).length > 0;
}
