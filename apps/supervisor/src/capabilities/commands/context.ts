import type { Context as LedgerContext } from "../ledger/context.ts";
import type { BeginGate } from "./begin-gate.ts";
import type { CommandSpans } from "./command-spans.ts";

/** What commands may use, and the spans of those that are under way. */
export interface Context extends LedgerContext {
  readonly commandSpans: CommandSpans;
  /** what is asked before work begins */
  readonly beginGate: BeginGate;
}
