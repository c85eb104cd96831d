/**
 * What this node spent, in nano-dollars.
 *
 * What holds here, in each transaction:
 *
 * - L1 A counter never falls, and its life has another name where it may be less than what was spent.
 * - L2 A message adds what it costs more than what it was counted for: told again, it adds nothing.
 * - L3 Counters are at a place of the outbox: what a message adds is there with the event that tells it.
 * - L4 What was told before a new database was compared with its back end for the first time is counted for what it costs,
 *   and adds nothing: it was spent before these counters began.
 */
import { inTransaction } from "../file/sqlite.ts";
import { type AgentStore, readMeta, writeMeta } from "./open.ts";
import { type OutboxPosition, readPosition } from "./outbox.ts";
import { MOST_NANO_USD } from "./statements.ts";

/** What one message costs, and where that belongs. */
export interface MessageShare {
  readonly sessionId: string;
  readonly messageId: string;
  /** the root session that it belongs to */
  readonly root: string;
  readonly project: string | undefined;
  readonly nanoUsd: number;
  readonly createdAt: number;
}

/** What was spent since the counters began, in nano-dollars. */
export interface Counters {
  /** names their life */
  readonly life: string;
  readonly node: number;
  readonly projects: ReadonlyMap<string, number>;
  /** of the root sessions that were asked for */
  readonly sessions: ReadonlyMap<string, number>;
}

/** Counts what messages cost, inside the caller's transaction. */
export function countShares(store: AgentStore, shares: readonly MessageShare[]): void {
  if (shares.length === 0) return;
  const { putCounted, addSpent } = store.statements;
  const adds = readMeta(store, COUNTING) !== undefined; // L4
  for (const share of shares) {
    const { sessionId, messageId, root, project, createdAt } = share;
    const before = countedFor(store, share);
    const nanoUsd = Math.min(share.nanoUsd, MOST_NANO_USD);
    if (nanoUsd <= before) continue; // L2
    putCounted.run(sessionId, messageId, nanoUsd, createdAt);
    if (!adds) continue;
    addSpent.run("node", "", nanoUsd - before);
    addSpent.run("session", root, nanoUsd - before);
    if (project !== undefined) addSpent.run("project", project, nanoUsd - before);
  }
}

/** For how much a message was counted; without an end where what it was counted for is forgotten. */
export function countedFor(
  { statements }: AgentStore,
  { sessionId, messageId, createdAt }: Pick<MessageShare, "sessionId" | "messageId" | "createdAt">,
): number {
  const before = statements.counted.get(sessionId, messageId)?.nanoUsd;
  if (before !== undefined) return before;
  const upTo = statements.countedUpTo.get(sessionId)?.createdAt;
  return upTo !== undefined && createdAt <= upTo ? Number.POSITIVE_INFINITY : 0;
}

const COUNTING = "counting";

/** From now on messages add to the counters. L4 */
export async function beginCounting(store: AgentStore): Promise<void> {
  writeMeta(store, COUNTING, "1");
}

export function isCounting(store: AgentStore): boolean {
  return readMeta(store, COUNTING) !== undefined;
}

/** So many projects are counted at most. */
const MOST_PROJECTS = 10_000;

/** The counters of the node, of all projects, and of some root sessions. */
export function readCounters(store: AgentStore, roots: Iterable<string>): Counters {
  const { spent, spentOfProjects } = store.statements;
  return {
    life: readMeta(store, "counters") ?? "",
    node: spent.get("node", "")?.nanoUsd ?? 0,
    projects: new Map(spentOfProjects.all(MOST_PROJECTS).map(({ id, nanoUsd }) => [id, nanoUsd])),
    sessions: new Map(Array.from(roots, (root) => [root, spent.get("session", root)?.nanoUsd ?? 0])),
  };
}

/** The counters, and the place of the outbox that they are at: both of one moment. L3 */
export async function countersAtTheirPlace(
  store: AgentStore,
  roots: Iterable<string>,
): Promise<{ readonly place: OutboxPosition; readonly counters: Counters }> {
  return store.sqlite.driver.transaction(() => ({
    place: readPosition(store),
    counters: readCounters(store, roots),
  }))();
}

/**
 * Forgets what the messages of sessions were counted for of which none is newer than `before`. Of these sessions only newer
 * messages count from then on. L2
 */
export async function forgetCounted(store: AgentStore, before: number): Promise<void> {
  const { driver } = store.sqlite;
  inTransaction(store, () => {
    driver
      .prepare(
        `insert into counted_up_to (session_id, created_at)
         select session_id, max(created_at) from counted group by session_id having max(created_at) < ?
         on conflict (session_id) do update set created_at = max(created_at, excluded.created_at)`,
      )
      .run(before);
    driver
      .prepare(
        `delete from counted where session_id in
         (select session_id from counted group by session_id having max(created_at) < ?)`,
      )
      .run(before);
  });
}
