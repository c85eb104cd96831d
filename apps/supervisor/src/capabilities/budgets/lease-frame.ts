import {
  type Lease,
  type LeaseBrief,
  type LeaseScope,
  MOST_COUNT,
  MOST_LEASES,
  type ModelPrice,
  type Spent,
} from "@hal/protocol";
import { type Budget, budgetText } from "./domain/budget.ts";
import type { Ceilings } from "./domain/lease-book.ts";
import { type Counter, counterOf, type Heard, type LeaseKey } from "./domain/node-account.ts";

/** What a node says that it spent, in our words. */
export function heardOf({ counters, nodeMicroUsd, projects, sessions, version, atWork, isBeginning }: Spent): Heard {
  return {
    life: counters,
    counters: new Map<Counter, number>([
      ["node", nodeMicroUsd],
      ...projects.map(({ id, microUsd }) => [`project:${id}`, microUsd] as const),
      ...sessions.map(({ id, microUsd }) => [`session:${id}`, microUsd] as const),
    ]),
    version,
    atWork,
    isBeginning,
  };
}

export interface Briefed {
  readonly version: number;
  readonly life: string;
  readonly validMs: number;
  readonly ceilings: Ceilings;
  readonly budgets: ReadonlyMap<string, Budget>;
  readonly prices: readonly ModelPrice[];
}

/** What a node may spend, as it is said to it. */
export function leaseBrief({ version, life, validMs, ceilings, budgets, prices }: Briefed): LeaseBrief {
  return {
    version,
    counters: life,
    validMs,
    leases: [...ceilings].flatMap(([key, ceiling]) => leaseOf(key, ceiling, budgets)).slice(0, MOST_LEASES),
    ...(prices.length === 0 ? {} : { prices: [...prices] }),
  };
}

/** Leases that fit into a frame: those of single sessions give way. */
export function fitting(ceilings: Ceilings): Ceilings {
  if (ceilings.size <= MOST_LEASES) return ceilings;
  const isOwn = ([key]: readonly [LeaseKey, number]): boolean => counterOf(key).startsWith("session:");
  const all = [...ceilings];
  return new Map([...all.filter((one) => !isOwn(one)), ...all.filter(isOwn)].slice(0, MOST_LEASES));
}

/** What a node is told beside its ceilings, to see whether that is another thing. */
export function wordsOf(
  ceilings: Ceilings,
  budgets: ReadonlyMap<string, Budget>,
  prices: readonly ModelPrice[],
): string {
  const ids = new Set([...ceilings.keys()].map((key) => key.slice(0, key.indexOf(" "))));
  const words = [...ids].flatMap((id) => {
    const budget = budgets.get(id);
    return budget === undefined ? [] : [[id, budgetText(budget), budget.action]];
  });
  return JSON.stringify(prices.length === 0 ? words : [words, prices]);
}

function leaseOf(key: LeaseKey, ceiling: number, budgets: ReadonlyMap<string, Budget>): Lease[] {
  const budgetId = key.slice(0, key.indexOf(" "));
  const budget = budgets.get(budgetId);
  if (budget === undefined) return [];
  return [
    {
      budgetId,
      budget: budgetText(budget),
      scope: scopeOf(counterOf(key)),
      action: budget.action === "stop" ? "stop" : "refuse",
      ceilingMicroUsd: Math.min(ceiling, MOST_COUNT),
    },
  ];
}

function scopeOf(counter: Counter): LeaseScope {
  if (counter === "node" || counter === "each_session") return { kind: counter };
  const name = counter.slice(counter.indexOf(":") + 1);
  return counter.startsWith("project:") ? { kind: "project", project: name } : { kind: "session", session: name };
}
