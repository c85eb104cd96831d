import { type LeaseAccountRow, listLeaseAccounts, saveLeaseAccounts } from "@hal/store/supervisor";
import type { Kernel } from "../../kernel.ts";
import type { LeaseBook } from "./domain/lease-book.ts";
import { NodeAccount, type SavedAccount } from "./domain/node-account.ts";

/** What is kept beside the accounts, so that a database that was restored is known for it. */
const MARKER = "";

type Kept = Pick<Kernel, "store" | "clock">;

/** Fills a book with what was kept. Returns whether all of it is of this life of the database. */
export async function loadAccounts({ store }: Kept, book: LeaseBook): Promise<boolean> {
  const rows = await listLeaseAccounts(store);
  for (const row of rows) if (row.nodeId !== MARKER) book.put(row.nodeId, accountOf(row, store.logId));
  const marker = rows.find(({ nodeId }) => nodeId === MARKER);
  return marker === undefined || marker.logId === store.logId;
}

/** Keeps what some nodes may spend; it is on the disk when this resolves. */
export async function saveAccounts({ store, clock }: Kept, book: LeaseBook, nodeIds: readonly string[]): Promise<void> {
  const kept = { logId: store.logId, changedAt: clock.now() };
  await saveLeaseAccounts(store, [
    ...nodeIds.map((nodeId) => ({ ...kept, nodeId, state: book.account(nodeId).saved })),
    { ...kept, nodeId: MARKER, state: {} },
  ]);
}

/** An account as it was kept; one that cannot be read, or is of an earlier life of the database, is not certain. */
function accountOf({ state, logId }: LeaseAccountRow, now: string): NodeAccount {
  if (isSaved(state)) return NodeAccount.restore(state, logId === now);
  const account = new NodeAccount();
  account.doubt();
  return account;
}

function isSaved(state: unknown): state is SavedAccount {
  const saved = state as Partial<SavedAccount> | null;
  return (
    typeof saved === "object" &&
    saved !== null &&
    [saved.counters, saved.told, saved.earlier].every(Array.isArray) &&
    typeof saved.lastVersion === "number"
  );
}
