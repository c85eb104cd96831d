import { type Division, divide } from "./divide.ts";
import { type Counter, leaseKey, type LeaseKey, NodeAccount } from "./node-account.ts";

/** A budget that nodes share, or that is of one node. */
export interface SharedBudget {
  readonly kind: "shared";
  readonly id: string;
  readonly limitMicroUsd: number;
  /** when its span began */
  readonly from: number;
  /** what nodes count for it */
  readonly counter: Counter;
  /** what the ledger has of each node in the span, also of those that know no leases */
  readonly spent: ReadonlyMap<string, number>;
  /** what is at work for it, on the nodes that it concerns; 0 at rest */
  readonly working: ReadonlyMap<string, number>;
}

/** A budget that each root session has for itself. */
export interface SessionBudget {
  readonly kind: "session";
  readonly id: string;
  readonly limitMicroUsd: number;
  readonly from: number;
  /** what the ledger has of sessions in the span, by node and session */
  readonly spent: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

export type LeasedBudget = SharedBudget | SessionBudget;

/** Ceilings for one node, all that are to count. */
export type Ceilings = ReadonlyMap<LeaseKey, number>;

/** So many sessions of a node have a lease of their own for one budget. */
const MOST_OWN = 200;

/** What each node may spend, and what it was told. Pure: it knows neither clock nor database. */
export class LeaseBook {
  readonly #accounts = new Map<string, NodeAccount>();

  /** The account of a node, made where there is none. */
  account(nodeId: string): NodeAccount {
    const known = this.#accounts.get(nodeId);
    if (known !== undefined) return known;
    const made = new NodeAccount();
    this.#accounts.set(nodeId, made);
    return made;
  }

  find(nodeId: string): NodeAccount | undefined {
    return this.#accounts.get(nodeId);
  }

  put(nodeId: string, account: NodeAccount): void {
    this.#accounts.set(nodeId, account);
  }

  /** A node that is forgotten owes nothing any more. */
  remove(nodeId: string): void {
    this.#accounts.delete(nodeId);
  }

  get nodeIds(): string[] {
    return [...this.#accounts.keys()];
  }

  /** Compares the counters of a node with the ledger; exactly where both are of one place. */
  match(nodeId: string, budgets: readonly LeasedBudget[], isExact: boolean): void {
    const account = this.find(nodeId);
    if (account === undefined) return;
    for (const budget of budgets) {
      const { from } = budget;
      if (budget.kind === "shared")
        account.match(leaseKey(budget.id, budget.counter), budget.spent.get(nodeId) ?? 0, { from, isExact });
      else if (isExact)
        for (const session of ownSessions(account)) {
          const spent = budget.spent.get(nodeId)?.get(session) ?? 0;
          account.match(leaseKey(budget.id, `session:${session}`), spent, { from, isExact });
        }
    }
  }

  /** How what a budget has left is divided now. */
  division(budget: SharedBudget): Division {
    const key = leaseKey(budget.id, budget.counter);
    const sharing = this.#sharing(budget);
    const spentOrLeft = [...budget.spent.values(), ...sharing.map(([, account]) => account.left(key))];
    const left = budget.limitMicroUsd - spentOrLeft.reduce((sum, one) => sum + one, 0);
    const sharers = sharing.map(([id, account]) => {
      const spent = budget.spent.get(id) ?? 0;
      const newest = account.newest(key);
      return {
        id,
        owed: account.lent(key, spent, budget.from),
        held: newest === undefined ? undefined : Math.max(0, newest - account.counted(key, spent, budget.from)),
        canChange: account.canBeTold,
        weight: budget.working.get(id) ?? 0,
      };
    });
    return divide(left, sharers);
  }

  /** What each node may still spend of a budget beyond what the ledger has; Infinity where nobody knows. */
  owed(budget: SharedBudget): ReadonlyMap<string, number> {
    const key = leaseKey(budget.id, budget.counter);
    return new Map(
      this.#sharing(budget).map(([id, account]) => [id, account.owed(key, budget.spent.get(id) ?? 0, budget.from)]),
    );
  }

  /** What a node may still spend by the newest ceiling that it was told; undefined where it was told none. */
  held(nodeId: string, budget: SharedBudget): number | undefined {
    const account = this.find(nodeId);
    const key = leaseKey(budget.id, budget.counter);
    const newest = account?.newest(key);
    if (account === undefined || newest === undefined) return undefined;
    return Math.max(0, newest - account.counted(key, budget.spent.get(nodeId) ?? 0, budget.from));
  }

  /** The ceilings that every node is to have that can be told something now. */
  plan(budgets: readonly LeasedBudget[]): ReadonlyMap<string, Ceilings> {
    const plans = new Map<string, Map<LeaseKey, number>>();
    for (const [id, account] of this.#accounts) if (account.canBeTold) plans.set(id, new Map());
    for (const budget of budgets) {
      if (budget.kind === "shared") this.#planShared(budget, plans);
      else
        for (const [id, ceilings] of plans)
          planSessions(budget, budget.spent.get(id), { account: this.account(id), ceilings });
    }
    return plans;
  }

  #planShared(budget: SharedBudget, plans: ReadonlyMap<string, Map<LeaseKey, number>>): void {
    const key = leaseKey(budget.id, budget.counter);
    for (const [id, share] of this.division(budget).shares) {
      const account = this.account(id);
      const counted = account.counted(key, budget.spent.get(id) ?? 0, budget.from);
      const newest = account.newest(key);
      const isSame = newest !== undefined && Math.max(0, newest - counted) === share && !account.isDoubted;
      plans.get(id)?.set(key, isSame ? newest : counted + share);
    }
  }

  /** Whoever counts for a budget: the nodes that it concerns, and those that were told a ceiling of it. */
  #sharing({ id: budgetId, counter, working }: SharedBudget): [string, NodeAccount][] {
    const key = leaseKey(budgetId, counter);
    return [...this.#accounts].filter(
      ([id, account]) =>
        working.has(id) || account.left(key) > 0 || account.told.some(({ ceilings }) => ceilings.has(key)),
    );
  }
}

/** Whether a node has to be told: its ceilings are others, or it was told nothing on this connection. */
export function isNews(account: NodeAccount, ceilings: Ceilings): boolean {
  if (!account.isBriefed || account.needsCertainty) return true;
  const told = account.told.at(-1)?.ceilings;
  return told?.size !== ceilings.size || [...ceilings].some(([key, ceiling]) => told.get(key) !== ceiling);
}

/** Whether there is nothing that it has to be told: it has no ceilings, and is to have none. */
export function isNothing(account: NodeAccount, ceilings: Ceilings): boolean {
  return ceilings.size === 0 && account.told.every((brief) => brief.ceilings.size === 0) && !account.isDoubted;
}

interface Planned {
  readonly account: NodeAccount;
  readonly ceilings: Map<LeaseKey, number>;
}

/** Each session may have all of the limit; one whose counter is not what the ledger has in the span gets a ceiling of its own. */
function planSessions(
  { id, limitMicroUsd, from }: SessionBudget,
  spent: ReadonlyMap<string, number> | undefined,
  { account, ceilings }: Planned,
): void {
  ceilings.set(leaseKey(id, "each_session"), limitMicroUsd);
  for (const session of ownSessions(account)) {
    const key = leaseKey(id, `session:${session}`);
    const newest = account.newest(key);
    if (!account.isMatched(key, from)) {
      if (newest !== undefined) ceilings.set(key, newest);
      continue;
    }
    const inLedger = spent?.get(session) ?? 0;
    const ceiling = Math.max(0, limitMicroUsd + account.counted(key, inLedger, from) - inLedger);
    if (ceiling !== limitMicroUsd || newest !== undefined) ceilings.set(key, ceiling);
  }
}

function ownSessions(account: NodeAccount): readonly string[] {
  return account.atWork.slice(0, MOST_OWN);
}
