import { usd } from "@hal/protocol";
import { dollars } from "./amounts.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What a person wants to know of an event of costs, beside what happened; undefined of any other one. It takes any data. */
export function costDetail(type: string, fields: Fields): string | undefined {
  const field = (name: string): string => (typeof fields[name] === "string" ? fields[name] : "");
  switch (type) {
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
      return joined(field("title"));
    default:
      return undefined;
  }
}

/** What happens, of events of costs; none is of a project or a node. */
export const COST_SENTENCES: readonly (readonly [type: string, does: string])[] = [
  ["cost.provider_failing", "a provider does not say what is to be paid"],
  ["cost.provider_working", "a provider says again what is to be paid"],
  ["cost.drifted", "a bill is another sum than the ledger's"],
  ["cost.reported", "a week's costs"],
];

/** The same, with how many. */
export const COST_COUNTED: readonly (readonly [type: string, one: string, many: string, does: string])[] = [
  ["cost.provider_failing", "one provider", "providers", "did not say what is to be paid"],
  ["cost.provider_working", "one provider", "providers", "said again what is to be paid"],
  ["cost.drifted", "one bill was", "bills were", "another sum than the ledger's"],
  ["cost.reported", "one report", "reports", "of costs came"],
];

function joined(...parts: readonly string[]): string {
  return parts
    .map((part) => part.replaceAll(/\s+/g, " ").trim())
    .filter(Boolean)
    .join("; ");
}

function amount(microUsd: unknown): string {
  return typeof microUsd === "number" && Number.isFinite(microUsd) ? dollars(usd(microUsd)) : "$?";
}
