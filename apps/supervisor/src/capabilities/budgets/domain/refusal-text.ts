import { duration } from "@hal/words";
import { type Budget, budgetText, money } from "./budget.ts";
import type { Span } from "./span.ts";

/** What is known of a budget that lets nothing begin. */
export interface Refused {
  readonly budget: Budget;
  readonly span: Span;
  readonly spentMicroUsd: number;
  readonly limitMicroUsd: number;
  readonly cause:
    | { readonly kind: "spent" }
    | { readonly kind: "unreadable" }
    /** what is left is with nodes that cannot give it back */
    | { readonly kind: "owed"; readonly owedMicroUsd: number; readonly nodes: readonly string[] }
    | { readonly kind: "unknown"; readonly nodes: readonly string[] }
    | { readonly kind: "unheard"; readonly node: string };
}

/** Why nothing begins, with the figures and what to type. Pure. */
export function refusalText(refused: Refused, zone: string, now: number): string {
  const { budget } = refused;
  return `${causeText(refused)}, so nothing begins${againText(refused, zone, now)}; an admin raises it: halctl budgets raise ${budget.id} <dollars> --reason <why>`;
}

function causeText({ budget, cause, spentMicroUsd, limitMicroUsd }: Refused): string {
  const text = budgetText(budget);
  switch (cause.kind) {
    case "spent":
      return `${text} is spent (${money(spentMicroUsd)} of ${money(limitMicroUsd)})`;
    case "unreadable":
      return `the budget ${budget.id} cannot be read (${budget.problem ?? "not known why"})`;
    case "owed":
      return `${text}: ${money(spentMicroUsd)} is spent, and the other ${money(cause.owedMicroUsd)} may be by ${listText(cause.nodes)}`;
    case "unknown":
      return `${text}: ${money(spentMicroUsd)} is spent, and it is not known what ${listText(cause.nodes)} may spend, since it was told that before this database was restored, or has begun to count anew; it is known again when it is heard, or removed (halctl nodes remove)`;
    case "unheard":
      return `${text}: node ${cause.node} has not said yet what it spent`;
    default:
      return cause satisfies never;
  }
}

function againText({ span, cause }: Refused, zone: string, now: number): string {
  if (cause.kind === "unreadable" || cause.kind === "unheard" || span.to === undefined) return "";
  return ` until it begins anew at ${timeText(span.to, zone)}, in ${duration(span.to - now)}`;
}

function listText(nodes: readonly string[]): string {
  const shown = nodes.slice(0, 3).join(", ");
  return `${nodes.length === 1 ? "node" : "nodes"} ${shown}${nodes.length > 3 ? ` and ${nodes.length - 3} more` : ""}`;
}

/** A time by the clock on the wall of a zone, such as `00:00 Europe/Berlin`, with its day. */
export function timeText(at: number, zone: string): string {
  const text = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" }).format(at);
  return `${text} ${zone}`;
}
