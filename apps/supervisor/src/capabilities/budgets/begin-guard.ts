import { HalError } from "@hal/protocol";
import type { BeginGuard, BeginPlace } from "../commands/begin-gate.ts";
import type { AgentLink } from "../nodes/link.ts";
import { spentByRoots } from "@hal/store/supervisor";
import type { Context as RulesContext } from "../rules/context.ts";
import type { BudgetMetrics } from "./budget-metrics.ts";
import { isUnreadable } from "./domain/unreadable.ts";
import { type Refused, refusalText } from "./domain/refusal-text.ts";
import { leaseKey } from "./domain/node-account.ts";
import type { LeaseDesk } from "./lease-desk.ts";
import type { BudgetedNode, CountedBudget } from "./read-spending.ts";

/** So long somebody who asks waits for nodes to give back what is to be given to another one. */
const WAIT_MS = 3_000;
const STEP_MS = 150;

/**
 * Refuses what would begin where a budget is spent, and has a node told what it may spend before a command that begins
 * something goes to it. What is asked for while nodes give back what they hold waits for that, and not for long.
 */
export class BudgetGuard implements BeginGuard {
  readonly #context: RulesContext;
  readonly #desk: LeaseDesk;
  readonly #metrics: BudgetMetrics;
  readonly #timeZone: () => string;
  #asked = 0;

  constructor(context: RulesContext, desk: LeaseDesk, metrics: BudgetMetrics, timeZone: () => string) {
    this.#context = context;
    this.#desk = desk;
    this.#metrics = metrics;
    this.#timeZone = timeZone;
  }

  isReady(link: AgentLink): boolean {
    return this.#desk.isReady(link);
  }

  async admit(place: BeginPlace): Promise<HalError | undefined> {
    const { clock } = this.#context;
    if (!this.#desk.isLimiting) return undefined;
    // the database may have changed since the last look
    await this.#desk.lookNow();
    let refused = this.#spent(place);
    const concerned = this.#shared(place);
    if (refused === undefined && concerned.length > 0) {
      this.#asked += 1;
      this.#desk.expected.add(`ask ${this.#asked}`, { nodeId: place.nodeId, project: place.project });
      const until = clock.monotonic() + WAIT_MS;
      for (;;) {
        await this.#desk.lookNow();
        refused = this.#spent(place) ?? this.#withoutRoom(place);
        const isHopeless = refused !== undefined && !this.#mayComeBack(place);
        if (refused === undefined || isHopeless || clock.monotonic() >= until) break;
        await this.#desk.change(STEP_MS);
      }
    }
    if (refused === undefined) return undefined;
    this.#metrics.refused();
    return this.#error(refused);
  }

  refusal(place: BeginPlace): HalError | undefined {
    const refused = this.#spent(place);
    return refused === undefined ? undefined : this.#error(refused);
  }

  #error(refused: Refused): HalError {
    const { budget, spentMicroUsd, limitMicroUsd } = refused;
    return new HalError("over_budget", refusalText(refused, this.#timeZone(), this.#context.clock.now()), {
      details: {
        budget_id: budget.id,
        spent_micro_usd: spentMicroUsd,
        limit_micro_usd: limitMicroUsd,
        begins_anew_at: refused.span.to === undefined ? null : new Date(refused.span.to).toISOString(),
      },
    });
  }

  /** The first budget of which nothing is left, or that cannot be read. */
  #spent({ nodeId, project, sessionId }: BeginPlace): Refused | undefined {
    for (const { budget, span, spent, nodes } of this.#desk.spending.counted) {
      const { limitMicroUsd, scope, action } = budget;
      if (limitMicroUsd === null || action === "alert" || !concerns(budget.scope, nodes, { nodeId, project })) continue;
      const total =
        scope.kind === "session"
          ? this.#spentOfSession(nodeId, sessionId, span.from)
          : [...spent.values()].reduce((sum, one) => sum + one, 0);
      if (isUnreadable(budget))
        return { budget, span, spentMicroUsd: total, limitMicroUsd, cause: { kind: "unreadable" } };
      if (total >= limitMicroUsd)
        return { budget, span, spentMicroUsd: total, limitMicroUsd, cause: { kind: "spent" } };
    }
    return undefined;
  }

  #spentOfSession(nodeId: string, sessionId: string | undefined, from: number): number {
    if (sessionId === undefined) return 0;
    return spentByRoots(this.#context.store, [{ nodeId, id: sessionId }], from).get(`${nodeId}/${sessionId}`) ?? 0;
  }

  /** The budgets of which the node has a part, where it can be told that. */
  #shared({ nodeId, project }: BeginPlace): CountedBudget[] {
    if (this.#desk.book.find(nodeId)?.isConnected !== true) return [];
    return this.#desk.spending.counted.filter(
      ({ budget, leased, nodes }) => leased?.kind === "shared" && concerns(budget.scope, nodes, { nodeId, project }),
    );
  }

  /** The first budget of which the node has nothing that it may spend. */
  #withoutRoom(place: BeginPlace): Refused | undefined {
    const { book, spending } = this.#desk;
    const account = book.find(place.nodeId);
    for (const { budget, span, leased, spent } of this.#shared(place)) {
      if (leased?.kind !== "shared") continue;
      const total = [...spent.values()].reduce((sum, one) => sum + one, 0);
      const about = { budget, span, spentMicroUsd: total, limitMicroUsd: leased.limitMicroUsd };
      const nameOf = (id: string): string => spending.nodes.find((node) => node.id === id)?.names[1] ?? id;
      if (account?.canBeTold !== true) return { ...about, cause: { kind: "unheard", node: nameOf(place.nodeId) } };
      if ((book.held(place.nodeId, leased) ?? 0) > 0 && !account.isDoubted) continue;
      const owed = [...book.owed(leased)].filter(([, microUsd]) => microUsd > 0);
      const unknown = owed.filter(([, microUsd]) => microUsd === Infinity).map(([id]) => nameOf(id));
      if (unknown.length > 0) return { ...about, cause: { kind: "unknown", nodes: unknown } };
      const owedMicroUsd = owed.reduce((sum, [, microUsd]) => sum + microUsd, 0);
      return owedMicroUsd === 0
        ? { ...about, cause: { kind: "spent" } }
        : { ...about, cause: { kind: "owed", owedMicroUsd, nodes: owed.map(([id]) => nameOf(id)) } };
    }
    return undefined;
  }

  /** Whether something may be given to the node in a moment. */
  #mayComeBack(place: BeginPlace): boolean {
    const { book } = this.#desk;
    if (this.#spent(place) !== undefined) return false;
    const account = book.find(place.nodeId);
    if (account?.canBeTold !== true || account.isDoubted) return account?.isConnected === true;
    return this.#shared(place).every(({ leased }) => {
      if (leased?.kind !== "shared") return true;
      const isDoubtful = [...book.owed(leased)].some(
        ([id, microUsd]) => microUsd === Infinity && book.find(id)?.isConnected === true,
      );
      const has =
        (account.newest(leaseKey(leased.id, leased.counter)) ?? 0) > 0 && (book.held(place.nodeId, leased) ?? 0) > 0;
      return has || isDoubtful || book.division(leased).pool > 0;
    });
  }
}

/** Whether a budget concerns a place. */
function concerns(
  scope: CountedBudget["budget"]["scope"],
  nodes: readonly BudgetedNode[],
  { nodeId, project }: Pick<BeginPlace, "nodeId" | "project">,
): boolean {
  if (scope.kind === "project") return scope.project === project;
  return scope.kind === "node" ? nodes.some(({ id }) => id === nodeId) : true;
}
