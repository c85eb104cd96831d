import type { Context as LedgerContext } from "../ledger/context.ts";
import type { BillPoller } from "./bill-poller.ts";

/** What bills may use, and who asks for them. */
export interface Context extends LedgerContext {
  readonly billPoller: BillPoller;
}
