import type { HalEvent } from "@hal/protocol";
import { LeaseBrief, Timestamp } from "@hal/protocol";
import * as v from "valibot";
import { inTransaction } from "../file/sqlite.ts";
import { type AgentStore, readMeta, writeMeta } from "./open.ts";
import { appendToOutbox } from "./outbox.ts";
import { readableJson } from "./readable-json.ts";

/** What the supervisor said that this node may spend, and for how long that is so. */
const KeptLeases = v.object({
  brief: LeaseBrief,
  /** when work may not begin any more, on this node's clock */
  until: Timestamp,
  /** how much of its time was left when this was written down */
  leftMs: v.pipe(v.number(), v.minValue(0)),
});
export type KeptLeases = v.InferOutput<typeof KeptLeases>;

const LEASES = "leases";

/** What this node may spend; `unreadable` where something was kept that cannot be read. */
export async function keptLeases(store: AgentStore): Promise<KeptLeases | "unreadable" | undefined> {
  const text = readMeta(store, LEASES);
  if (text === undefined) return undefined;
  const read = v.safeParse(KeptLeases, readableJson(text));
  return read.success ? read.output : "unreadable";
}

/** From now on this is what the node may spend. */
export async function keepLeases(store: AgentStore, kept: KeptLeases): Promise<void> {
  writeMeta(store, LEASES, JSON.stringify(kept));
}

/** That the turn of a root session was stopped for a budget, or went on because it is exempt. */
export interface BudgetStop {
  readonly sessionId: string;
  readonly budgetId: string;
  /** the life of the counters, and the ceiling that was reached */
  readonly at: string;
  readonly event: HalEvent;
}

/** Tells a stop once for each ceiling; false where it was told before. */
export async function recordBudgetStop(
  store: AgentStore,
  { sessionId, budgetId, at, event }: BudgetStop,
): Promise<boolean> {
  const { driver } = store.sqlite;
  return inTransaction(store, () => {
    const told = driver
      .prepare(
        `insert into told_stops (session_id, budget_id, at) values (?, ?, ?)
         on conflict (session_id, budget_id) do update set at = excluded.at where at <> excluded.at`,
      )
      .run(sessionId, budgetId, at);
    if (told.changes === 0) return false;
    appendToOutbox(store, [event]);
    return true;
  });
}
