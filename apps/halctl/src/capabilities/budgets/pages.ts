import type { BudgetView, OperationOutput } from "@hal/protocol";
import { ago, dollars } from "@hal/words";
import type { Look } from "../../output/look.ts";
import { paint } from "../../output/paint.ts";
import { card, table } from "../../output/table.ts";

const STATE = { open: "open", warned: "WARNED", reached: "REACHED", lifted: "lifted", unknown: "UNKNOWN" } as const;

/** Budgets, with how each stands; below them where they are not enforced, and what is wrong. */
export function budgetsPage(budgets: readonly BudgetView[], look: Look): string {
  const list = table(
    ["ID", "STATE", "SPENT", "LIMIT", "OWED", "FREE", "ACTION", "FROM", "HOW IT STANDS"],
    budgets.map((budget) => [
      budget.id,
      STATE[budget.state],
      dollars(budget.spent_usd),
      sum(budget.limit_usd, "none"),
      sum(budget.owed_usd, "unknown"),
      sum(budget.free_usd, "-"),
      budget.action,
      fromText(budget, look),
      budget.reason,
    ]),
    look.wide ? undefined : look.columns,
  );
  return list + budgets.map(notes).join("");
}

export function budgetCard(budget: BudgetView, look: Pick<Look, "now">): string {
  const shown = card([
    ["id", budget.id],
    ["state", `${STATE[budget.state]}: ${budget.reason}`],
    ["spent", dollars(budget.spent_usd)],
    ["limit", sum(budget.limit_usd, "none")],
    ["owed", sum(budget.owed_usd, "unknown")],
    ["free", sum(budget.free_usd, "-")],
    ["action", budget.action],
    ["warn at", budget.warn_at.join(", ") || "-"],
    ["from", fromText(budget, look)],
    ...budget.nodes.map(
      ({ node, spent_usd: spent, owed_usd: owed, reason }) =>
        [`node ${node}`, `${dollars(spent)} spent, ${sum(owed, "unknown")} owed: ${reason}`] as const,
    ),
  ]);
  return shown + notes(budget);
}

export function budgetRemoved({ removed }: OperationOutput<"budgets.remove">): string {
  return `taken away: ${removed}\n`;
}

/** Where a budget is from, and who changed it last and why. */
function fromText({ source, path, by, changed_at: at, change_reason: reason }: BudgetView, { now }: Pick<Look, "now">) {
  const changed = by === null ? "" : `${by}, ${at === null ? "-" : ago(at, now)}: ${reason ?? "-"}`;
  if (source === "operation") return changed;
  return `configuration (${path ?? ""})${changed === "" ? "" : `; ${changed}`}`;
}

function sum(amount: number | null, otherwise: string): string {
  return amount === null ? otherwise : dollars(amount);
}

function notes({ id, problem, not_enforced: lacking }: BudgetView): string {
  return [
    ...(problem === null ? [] : [`${paint("warn", "PROBLEM")}  ${id}: ${problem}\n`]),
    ...lacking.map(({ node, reason }) => `${paint("warn", "NOT ENFORCED IN FLIGHT")}  ${id} on ${node}: ${reason}\n`),
  ].join("");
}
