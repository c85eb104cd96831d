import { budgetScope, microUsd } from "@hal/protocol";
import {
  type BudgetOverrideRow,
  type BudgetRow,
  listBudgetOverrides,
  listBudgets,
  type SupervisorStore,
} from "@hal/store/supervisor";
import type { SupervisorConfig } from "../../config.ts";
import { type Budget, budgetId, type BudgetOverride, overridden } from "./domain/budget.ts";

type Configured = Pick<SupervisorConfig, "budgets" | "policies" | "auto_intervention">;

/** The budgets as they are now: those of the configuration, and those that operations set, each as it was raised. */
export class BudgetBook {
  readonly #store: SupervisorStore;
  readonly #used: () => Configured;
  #set: readonly Budget[] = [];
  #overrides: ReadonlyMap<string, BudgetOverride> = new Map();
  #unreadable: ReadonlySet<string> = new Set();

  constructor(store: SupervisorStore, used: () => Configured) {
    this.#store = store;
    this.#used = used;
  }

  /** Looks at the database again, whenever something was changed there. */
  async refresh(): Promise<void> {
    const overrides = await listBudgetOverrides(this.#store);
    this.#set = (await listBudgets(this.#store)).map(setOne);
    this.#overrides = new Map(
      overrides.filter(({ problem }) => problem === undefined).map((row) => [row.budgetId, overrideOf(row)]),
    );
    this.#unreadable = new Set(overrides.filter(({ problem }) => problem !== undefined).map(({ budgetId: id }) => id));
  }

  /** All of them as they are at a time; the configuration's come first, and count where another one has the same id. */
  all(now: number): Budget[] {
    const inFile = this.inFile;
    const ids = new Set(inFile.map(({ id }) => id));
    return [...inFile, ...this.#set.filter(({ id }) => !ids.has(id))].map((budget) => {
      const one = overridden(budget, this.#overrides.get(budget.id), now);
      // it is as it was given: that is known, and what it was changed to is not
      return this.#unreadable.has(one.id) && one.problem === undefined
        ? { ...one, problem: "what it was raised to cannot be read, and it is as it was given; raise it anew" }
        : one;
    });
  }

  /** Those of the configuration. */
  get inFile(): Budget[] {
    const { budgets } = this.#used();
    const listed = budgets.flatMap(({ scope: text, period, limit_usd: limit, warn_at: warnAt, action }, index) => {
      const scope = budgetScope(text);
      if (scope === undefined) return [];
      return [
        given({
          id: budgetId(scope, period),
          scope,
          period,
          givenMicroUsd: microUsd(limit),
          warnAt: warnAt.toSorted((one, other) => one - other),
          action,
          source: { kind: "file", path: `budgets.${index}` },
        }),
      ];
    });
    return [...listed, ...this.#killOnCost];
  }

  /** `policies.kill_on_cost`, and the older shape of it, as two budgets. */
  get #killOnCost(): Budget[] {
    const { policies, auto_intervention: old } = this.#used();
    const { kill_on_cost: settings } = policies;
    const [path, said] =
      settings === undefined
        ? (["auto_intervention.kill_on_cost", old?.kill_on_cost] as const)
        : (["policies.kill_on_cost", settings] as const);
    if (said === undefined || !said.enabled) return [];
    const shared = { warnAt: [], action: "stop" as const };
    const session = "session_usd" in said ? said.session_usd : undefined;
    return [
      ...(session === undefined
        ? []
        : [
            given({
              ...shared,
              id: "kill_on_cost.session",
              scope: { kind: "session" },
              period: "total",
              givenMicroUsd: microUsd(session),
              source: { kind: "file", path: `${path}.session_usd` },
            }),
          ]),
      ...(said.daily_limit_usd === undefined
        ? []
        : [
            given({
              ...shared,
              id: "kill_on_cost.day",
              scope: { kind: "fleet" },
              period: "day",
              givenMicroUsd: microUsd(said.daily_limit_usd),
              source: { kind: "file", path: `${path}.daily_limit_usd` },
            }),
          ]),
    ];
  }
}

function given(said: Omit<Budget, "limitMicroUsd" | "override" | "problem">): Budget {
  return { ...said, limitMicroUsd: said.givenMicroUsd, override: undefined, problem: undefined };
}

/** A row that cannot be read is a budget of which nothing is left: nothing is free in silence. */
function setOne(row: BudgetRow): Budget {
  const scope = budgetScope(row.scope);
  const problem = row.problem ?? (scope === undefined ? `its scope is none: ${row.scope}` : undefined);
  const budget = given({
    id: row.id,
    scope: scope ?? { kind: "fleet" },
    period: row.period,
    givenMicroUsd: problem === undefined ? row.limitMicroUsd : 0,
    warnAt: (row.warnAt as number[]).toSorted((one, other) => one - other),
    action: problem === undefined ? row.action : "refuse",
    source: { kind: "operation", by: row.createdBy, reason: row.reason, at: row.createdAt },
  });
  return problem === undefined ? budget : { ...budget, problem: `${problem}; nothing begins until it is set anew` };
}

function overrideOf({ limitMicroUsd, until, createdBy, createdAt, reason }: BudgetOverrideRow): BudgetOverride {
  return { limitMicroUsd, until, by: createdBy, at: createdAt, reason };
}
