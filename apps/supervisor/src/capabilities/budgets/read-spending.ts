import type { ProjectReport } from "@hal/protocol";
import { LEASES_FEATURE } from "@hal/protocol";
import { allNodes, type NodeRow, projectsOfRoots, spentByRoots, spentInSpan } from "@hal/store/supervisor";
import type { Context as RulesContext } from "../rules/context.ts";
import { featuresOf } from "../nodes/node-statuses.ts";
import type { Budget } from "./domain/budget.ts";
import type { LeaseBook, LeasedBudget, SharedBudget } from "./domain/lease-book.ts";
import { type Span, spanAt } from "./domain/span.ts";

/** A node as budgets see it. */
export interface BudgetedNode {
  readonly id: string;
  readonly names: readonly string[];
  readonly projects: readonly string[];
  /** whether its agent knows leases */
  readonly isLeased: boolean;
}

/** A budget with its span, and what the ledger has of it there. */
export interface CountedBudget {
  readonly budget: Budget;
  readonly span: Span;
  /** the nodes that it concerns */
  readonly nodes: readonly BudgetedNode[];
  /** by node, and of each session by node and session */
  readonly spent: ReadonlyMap<string, number>;
  /** what nodes share or each session has; undefined where no node is told anything of it */
  readonly leased: LeasedBudget | undefined;
}

/** Who is about to begin something, beside what nodes say. */
export interface Expected {
  readonly nodeId: string;
  readonly project: string | undefined;
}

/** The nodes that there are. */
export async function readNodes(context: RulesContext): Promise<BudgetedNode[]> {
  return (await allNodes(context.store)).map((row) => ({
    id: row.id,
    names: [row.id, row.name, row.hostname],
    projects: (row.projects as ProjectReport[]).map(({ name }) => name),
    isLeased: isLeased(context, row),
  }));
}

function isLeased(context: RulesContext, row: NodeRow): boolean {
  return featuresOf(context, row).includes(LEASES_FEATURE);
}

export interface SpendingFacts {
  readonly budgets: readonly Budget[];
  readonly nodes: readonly BudgetedNode[];
  readonly book: LeaseBook;
  readonly expected: readonly Expected[];
  /** root sessions to look at beside those at work */
  readonly roots?: readonly { readonly nodeId: string; readonly id: string }[];
  readonly timeZone: string;
  readonly now: number;
}

/** What the ledger has of each budget now; everything of one moment where it is read in a transaction. */
export function readSpending({ store }: Pick<RulesContext, "store">, facts: SpendingFacts): CountedBudget[] {
  const { budgets, nodes, book, timeZone, now } = facts;
  const atWork = book.nodeIds.flatMap((nodeId) => (book.find(nodeId)?.atWork ?? []).map((id) => ({ nodeId, id })));
  const hasProjects = budgets.some(({ scope }) => scope.kind === "project");
  const projects = hasProjects ? projectsOfRoots(store, atWork) : new Map<string, string>();
  const roots = [...atWork, ...(facts.roots ?? [])];
  const sums = new Map<string, ReadonlyMap<string, number>>();
  const spentSince = (from: number, project: string | undefined): ReadonlyMap<string, number> => {
    const key = `${from} ${project ?? ""}`;
    const known = sums.get(key) ?? spentInSpan(store, { project }, from);
    sums.set(key, known);
    return known;
  };
  return budgets.map((budget) => {
    const span = spanAt(budget.period, timeZone, now);
    const concerned = nodesOf(budget, nodes);
    if (budget.scope.kind === "session") {
      const spent = spentByRoots(store, roots, span.from);
      return { budget, span, nodes: concerned, spent, leased: sessionLeases(budget, span, spent) };
    }
    const { scope } = budget;
    const all = spentSince(span.from, scope.kind === "project" ? scope.project : undefined);
    const ids = new Set(concerned.map(({ id }) => id));
    const spent = scope.kind === "node" ? new Map([...all].filter(([id]) => ids.has(id))) : all;
    const working = new Map(
      concerned
        .filter(({ isLeased: knows }) => knows)
        .map(({ id }) => [id, weightOf({ budget, nodeId: id, facts, projects })]),
    );
    return { budget, span, nodes: concerned, spent, leased: sharedLeases({ budget, span, spent, working }) };
  });
}

function sharedLeases({
  budget,
  span,
  spent,
  working,
}: Pick<CountedBudget, "budget" | "span" | "spent"> & {
  readonly working: ReadonlyMap<string, number>;
}): SharedBudget | undefined {
  const { id, scope, limitMicroUsd, action } = budget;
  if (limitMicroUsd === null || action === "alert") return undefined;
  const counter = scope.kind === "project" ? `project:${scope.project}` : "node";
  return { kind: "shared", id, limitMicroUsd, from: span.from, counter, spent, working };
}

function sessionLeases(
  { id, limitMicroUsd, action }: Budget,
  { from }: Span,
  spent: ReadonlyMap<string, number>,
): LeasedBudget | undefined {
  if (limitMicroUsd === null || action === "alert") return undefined;
  const byNode = new Map<string, Map<string, number>>();
  for (const [key, microUsd] of spent) {
    const slash = key.lastIndexOf("/");
    const node = byNode.get(key.slice(0, slash)) ?? new Map<string, number>();
    byNode.set(key.slice(0, slash), node.set(key.slice(slash + 1), microUsd));
  }
  return { kind: "session", id, limitMicroUsd, from, spent: byNode };
}

/** The nodes that a budget concerns. */
function nodesOf({ scope }: Budget, nodes: readonly BudgetedNode[]): readonly BudgetedNode[] {
  switch (scope.kind) {
    case "fleet":
    case "session":
      return nodes;
    case "project":
      return nodes.filter(({ projects }) => projects.includes(scope.project));
    case "node":
      return nodes.filter(({ names }) => names.includes(scope.node));
    default:
      return scope satisfies never;
  }
}

interface Weighed {
  readonly budget: Budget;
  readonly nodeId: string;
  readonly facts: SpendingFacts;
  /** by node and root session */
  readonly projects: ReadonlyMap<string, string>;
}

/** How much is at work on a node for a budget, or about to be. */
function weightOf({ budget: { scope }, nodeId, facts, projects }: Weighed): number {
  const account = facts.book.find(nodeId);
  const isOf = (project: string | undefined): boolean => scope.kind !== "project" || project === scope.project;
  const working = (account?.atWork ?? []).filter((id) => isOf(projects.get(`${nodeId}/${id}`)));
  const coming = facts.expected.filter((one) => one.nodeId === nodeId && isOf(one.project));
  const isBeginning = account?.isBeginning === true && coming.length === 0;
  return working.length + coming.length + (isBeginning ? 1 : 0);
}

/** What nodes are told of. */
export function leasedOf(counted: readonly CountedBudget[]): LeasedBudget[] {
  return counted.flatMap(({ leased }) => (leased === undefined ? [] : [leased]));
}
