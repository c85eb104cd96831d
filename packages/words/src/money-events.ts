import { usd } from "@hal/protocol";
import { dollars } from "./amounts.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What a person wants to know of an event of money, beside what happened; undefined of any other one. It takes any data. */
export function moneyDetail(type: string, fields: Fields): string | undefined {
  const field = (name: string): string => (typeof fields[name] === "string" ? fields[name] : "");
  switch (type) {
    case "budget.warned":
      return joined(field("budget"), spentOf(fields));
    case "budget.reached":
      return joined(field("budget"), spentOf(fields), ACTIONS.get(field("action")));
    case "budget.reopened":
      return joined(field("budget"), field("reason"));
    case "budget.stopped": {
      const isCritical = fields["critical"] === true;
      const then = isCritical ? "it goes on, since its project is critical" : "its turn was stopped";
      return joined(field("budget"), then, field("reason"));
    }
    case "budget.changed": {
      const limit = field("what") === "removed" ? "" : amount(fields["limitMicroUsd"]);
      const what = [field("what"), limit === "" ? "" : `to ${limit}`, field("by") === "" ? "" : `by ${field("by")}`];
      return joined(field("budget"), what.filter(Boolean).join(" "), field("reason"));
    }
    case "cost.provider_failing":
    case "cost.provider_working":
      return joined(field("provider"), field("reason"));
    case "cost.drifted":
      return joined(
        `${field("provider")} bills ${amount(fields["billedMicroUsd"])} for ${field("day")} (UTC)`,
        `the ledger has ${amount(fields["ledgerMicroUsd"])}`,
        field("reason"),
      );
    case "cost.reported":
      return field("title");
    default:
      return undefined;
  }
}

/** Who does what, of events of money: `place` where that is a project or a node, else it is said as it stands. */
export const MONEY_SENTENCES: readonly (readonly [type: string, subject: "place" | "itself", does: string])[] = [
  ["budget.warned", "itself", "a budget is nearly spent"],
  ["budget.reached", "itself", "a budget is spent"],
  ["budget.reopened", "itself", "a budget has money again"],
  ["budget.stopped", "place", "has spent all that it may"],
  ["budget.changed", "itself", "a budget was changed"],
  ["cost.provider_failing", "itself", "a provider does not say what is to be paid"],
  ["cost.provider_working", "itself", "a provider says again what is to be paid"],
  ["cost.drifted", "itself", "a bill is another sum than the ledger's"],
  ["cost.reported", "itself", "a week's costs"],
];

/** The same, with how many. */
export const MONEY_COUNTED: readonly (readonly [type: string, one: string, many: string, does: string])[] = [
  ["budget.warned", "one budget was", "budgets were", "nearly spent"],
  ["budget.reached", "one budget was", "budgets were", "spent"],
  ["budget.reopened", "one budget", "budgets", "had money again"],
  ["budget.stopped", "one session", "sessions", "spent all that they may"],
  ["budget.changed", "one budget was", "budgets were", "changed"],
  ["cost.provider_failing", "one provider", "providers", "did not say what is to be paid"],
  ["cost.provider_working", "one provider", "providers", "said again what is to be paid"],
  ["cost.drifted", "one bill was", "bills were", "another sum than the ledger's"],
  ["cost.reported", "one report", "reports", "of costs came"],
];

/** What happens from now on, by what a budget does once all of it is spent. */
const ACTIONS: ReadonlyMap<string, string> = new Map([
  ["alert", "nothing is held up for it"],
  ["refuse", "nothing begins there any more"],
  ["stop", "what runs there is stopped, and nothing begins"],
]);

function joined(...parts: readonly (string | undefined)[]): string {
  return parts
    .map((part = "") => part.replaceAll(/\s+/g, " ").trim())
    .filter(Boolean)
    .join("; ");
}

function spentOf(fields: Fields): string {
  const [spent, limit] = [amount(fields["spentMicroUsd"]), amount(fields["limitMicroUsd"])];
  if (spent === "" || limit === "") return "";
  const { share } = fields;
  return `${spent} of ${limit} spent${typeof share === "number" ? ` (${Math.floor(share * 100)} %)` : ""}`;
}

function amount(microUsd: unknown): string {
  return typeof microUsd === "number" && Number.isFinite(microUsd) ? dollars(usd(microUsd)) : "";
}
