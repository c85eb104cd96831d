import { type BudgetView, LEASES_FEATURE, scopeText, usd } from "@hal/protocol";
import { duration } from "@hal/words";
import { time, timeOrNull } from "../../domain/time.ts";
import { nodeNamer, nodeStatuses } from "../nodes/node-statuses.ts";
import type { Context } from "./context.ts";
import { type Budget, money } from "./domain/budget.ts";
import { timeText } from "./domain/refusal-text.ts";
import { standingOf, type Standing } from "./domain/standing.ts";
import { isUnreadable } from "./domain/unreadable.ts";
import type { CountedBudget } from "./read-spending.ts";

/** So many nodes are named of a budget. */
const MOST_NAMED = 100;

/** Budgets as people see them, with who has a part of each. */
export async function budgetViews(context: Context): Promise<BudgetView[]> {
  const { desk } = context.budgets;
  await desk.lookNow();
  const nodes = await nodeStatuses(context);
  const nameNode = nodeNamer(nodes);
  const shared = { context, nameNode, now: context.clock.now(), zone: context.budgets.timeZone() };
  return desk.spending.counted.map((counted) => viewOf(counted, shared));
}

interface Shared {
  readonly context: Context;
  readonly nameNode: (id: string) => string;
  readonly now: number;
  readonly zone: string;
}

function viewOf(counted: CountedBudget, shared: Shared): BudgetView {
  const { budget, span } = counted;
  const owed = owedOf(counted, shared);
  const standing = countedStanding(counted, owed);
  const { limitMicroUsd, override, source } = budget;
  const state = stateOf(budget, standing);
  const changed = override ?? (source.kind === "operation" ? source : undefined);
  return {
    id: budget.id,
    scope: scopeText(budget.scope),
    period: budget.period,
    action: budget.action,
    warn_at: [...budget.warnAt],
    limit_usd: limitMicroUsd === null ? null : usd(limitMicroUsd),
    given_usd: usd(budget.givenMicroUsd),
    spent_usd: usd(standing.spentMicroUsd),
    owed_usd: finite(standing.liabilityMicroUsd),
    free_usd: standing.freeMicroUsd === undefined ? null : usd(standing.freeMicroUsd),
    share: standing.share === undefined ? null : Math.round(standing.share * 10_000) / 10_000,
    state,
    reason: reasonOf({ counted, standing, state }, shared),
    from: span.to === undefined ? null : time(span.from),
    to: timeOrNull(span.to ?? null),
    time_zone: shared.zone,
    source: source.kind,
    path: source.kind === "file" ? source.path : null,
    by: changed?.by ?? null,
    changed_at: timeOrNull(changed?.at ?? null),
    change_reason: changed?.reason ?? null,
    override_until: timeOrNull(override?.until ?? null),
    is_overridden: override !== undefined,
    nodes: partsOf(counted, owed, shared),
    not_enforced: lackingOf(counted, shared),
    problem: budget.problem ?? problemOf(counted),
  };
}

/** How a budget stands; of each session how the dearest one does. */
export function countedStanding(
  { budget, spent }: Pick<CountedBudget, "budget" | "spent">,
  owed: ReadonlyMap<string, number>,
): Standing {
  const sums = [...spent.values()];
  const spentMicroUsd =
    budget.scope.kind === "session" ? Math.max(0, ...sums) : sums.reduce((sum, one) => sum + one, 0);
  const liabilityMicroUsd = [...owed.values()].reduce((sum, one) => sum + one, 0);
  return standingOf({ limitMicroUsd: budget.limitMicroUsd, spentMicroUsd, liabilityMicroUsd, warnAt: budget.warnAt });
}

function owedOf({ leased }: CountedBudget, { context }: Shared): ReadonlyMap<string, number> {
  return leased?.kind === "shared" ? context.budgets.desk.book.owed(leased) : new Map();
}

function stateOf(budget: Budget, { isReached, warned }: Standing): BudgetView["state"] {
  if (isUnreadable(budget)) return "unknown";
  if (budget.limitMicroUsd === null) return "lifted";
  if (isReached) return "reached";
  return warned.length > 0 ? "warned" : "open";
}

interface Stands {
  readonly counted: CountedBudget;
  readonly standing: Standing;
  readonly state: BudgetView["state"];
}

function reasonOf({ counted: { budget, span }, standing, state }: Stands, { zone, now }: Shared): string {
  if (state === "unknown") return budget.problem ?? "it cannot be read";
  const { spentMicroUsd, liabilityMicroUsd, freeMicroUsd } = standing;
  const who = budget.scope.kind === "session" ? "the dearest session spent" : "spent";
  const spent = `${who} ${money(spentMicroUsd)}`;
  const { override } = budget;
  const raised =
    override === undefined
      ? ""
      : `; ${override.limitMicroUsd === null ? "lifted" : `changed from ${money(budget.givenMicroUsd)}`} by ${override.by}${override.until === null ? "" : ` until ${timeText(override.until, zone)}`}: ${override.reason}`;
  if (freeMicroUsd === undefined || budget.limitMicroUsd === null) return `${spent}, and nothing limits it${raised}`;
  const owed =
    liabilityMicroUsd === 0
      ? ""
      : liabilityMicroUsd === Infinity
        ? ", and it is not known what nodes may spend"
        : `, nodes may spend ${money(liabilityMicroUsd)} more`;
  const anew =
    span.to === undefined ? "" : `; it begins anew in ${duration(span.to - now)}, at ${timeText(span.to, zone)}`;
  const doing =
    state !== "reached"
      ? ""
      : { alert: "", refuse: ": nothing begins", stop: ": nothing begins, and what runs is stopped" }[budget.action];
  return `${spent} of ${money(budget.limitMicroUsd)}${owed}${doing}${anew}${raised}`;
}

function partsOf(
  { budget, spent, nodes }: CountedBudget,
  owed: ReadonlyMap<string, number>,
  { context, nameNode }: Shared,
): BudgetView["nodes"] {
  if (budget.scope.kind === "session") return [];
  const ids = new Set([...nodes.map(({ id }) => id), ...owed.keys(), ...[...spent.keys()].filter((id) => id !== "")]);
  return [...ids]
    .map((id) => ({ id, spent: spent.get(id) ?? 0, owed: owed.get(id) ?? 0 }))
    .filter((part) => part.spent > 0 || part.owed > 0)
    .toSorted((one, other) => other.spent - one.spent || other.owed - one.owed)
    .slice(0, MOST_NAMED)
    .map((part) => ({
      node: nameNode(part.id),
      node_id: part.id,
      spent_usd: usd(part.spent),
      owed_usd: finite(part.owed),
      reason: partReason(context, part.id, part.owed),
    }));
}

function partReason(context: Context, nodeId: string, owed: number): string {
  const account = context.budgets.desk.book.find(nodeId);
  if (account === undefined) return "it has no part of it any more";
  if (owed === Infinity)
    return account.isConnected
      ? "it is not known yet what it may spend; it is being told anew"
      : "it is away, and it is not known what it may spend; it is when it is heard, or removed";
  if (!account.isConnected) return "it is away, and may spend that until it is heard";
  if (account.atWork.length > 0) return `${account.atWork.length} of its sessions are at work`;
  return account.isBeginning ? "it is about to begin something" : "it rests";
}

/** Nodes on which nothing is stopped in flight. */
function lackingOf(
  { budget, nodes, leased }: CountedBudget,
  { context, nameNode }: Shared,
): BudgetView["not_enforced"] {
  if (leased === undefined) return [];
  const { book } = context.budgets.desk;
  const counter = leased.kind === "shared" ? leased.counter : "each_session";
  return nodes
    .flatMap(({ id }) => {
      const node = nameNode(id);
      const link = context.links.get(id);
      if (link !== undefined && !link.features.includes(LEASES_FEATURE))
        return [
          {
            node,
            reason:
              "its agent is too old to have budgets: upgrade it; until then what begins there is refused where all is spent",
          },
        ];
      if (book.find(id)?.keeps(`${budget.id} ${counter}`) === true) return [];
      return link === undefined
        ? [{ node, reason: "it is away, and was not told of it before that" }]
        : [{ node, reason: "it is being told of it" }];
    })
    .slice(0, MOST_NAMED);
}

function problemOf({ budget, nodes }: CountedBudget): string | null {
  if (budget.scope.kind === "node") {
    if (nodes.length === 0) return `there is no node ${budget.scope.node}`;
    return nodes.length > 1 ? `${nodes.length} nodes are called ${budget.scope.node}, and it is for all of them` : null;
  }
  if (budget.scope.kind === "project" && nodes.length === 0) return `no node has a project ${budget.scope.project}`;
  return null;
}

function finite(microUsd: number): number | null {
  return Number.isFinite(microUsd) ? usd(microUsd) : null;
}
