import type { CommandSpec } from "../../grammar/spec.ts";
import { asks } from "../../grammar/verb.ts";

const page = async () => (await import("./pages.ts")).billsPage;

/** Bills beside the ledger; they stand among what it cost. */
export const BILLS: readonly CommandSpec[] = [
  asks("cost.providers", { page }),
  asks("cost.poll", { page }),
  asks("cost.drift", { page: async () => (await import("./pages.ts")).driftPage }),
];
