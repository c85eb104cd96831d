import { budgetStopOf } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import type { KnownBudget } from "./domain/facts.ts";

interface Place {
  readonly nodeId: string;
  readonly project?: string | undefined;
  readonly sessionId?: string | undefined;
}

/** Budgets that let nothing begin there now, and the one for which the session was stopped. */
export async function budgetFacts(context: Context, { nodeId, project, sessionId }: Place): Promise<KnownBudget[]> {
  const { store, beginGate, budgets } = context;
  // as the ledger has it now
  await budgets.desk.lookNow();
  const stop = sessionId === undefined ? undefined : budgetStopOf(store, nodeId, sessionId);
  const refusal = beginGate.refusal({ nodeId, project, sessionId });
  const { budget_id: id = "" } = { ...(refusal?.details as { readonly budget_id?: string } | undefined) };
  return [
    ...(stop === undefined
      ? []
      : [
          {
            id: stop.budgetId,
            text: stop.critical
              ? `it would have been stopped, and is critical, so it goes on: ${stop.reason}`
              : `its agent stopped it: ${stop.reason}`,
            since: stop.at,
          },
        ]),
    ...(refusal === undefined ? [] : [{ id, text: refusal.message, since: undefined }]),
  ];
}
