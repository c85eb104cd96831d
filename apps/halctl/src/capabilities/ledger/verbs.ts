import { asks } from "../../grammar/verb.ts";

/** What it cost. */
export const COST = asks("cost.get", { name: "cost", page: async () => (await import("./cost-page.ts")).costPage });
