import type { Context as ReferencesContext } from "../references/context.ts";
import type { CostBeside } from "./cost-beside.ts";

/** What the ledger may use, and by whose clock it has days. */
export interface Context extends ReferencesContext {
  /** the zone of `cost.time_zone`, as it is now */
  readonly costZone: () => string;
  /** what stands beside its figures */
  readonly costBeside: CostBeside;
}
