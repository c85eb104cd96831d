import {
  type BudgetScope,
  budgetScope,
  type BudgetView,
  HalError,
  MOST_BUDGETS,
  MOST_COUNT,
  microUsd,
} from "@hal/protocol";
import { type BudgetChanged, overrideBudget, removeBudget, setBudget } from "@hal/store/supervisor";
import { meantBy } from "../../operations/by-prefix.ts";
import type { Caller, Handler } from "../../operations/handler.ts";
import { idempotencyOf, keyWasUsed } from "../../operations/idempotency.ts";
import { resolveNode } from "../nodes/resolve-node.ts";
import { checkProject } from "../references/check-project.ts";
import type { Context } from "./context.ts";
import { type Budget, budgetId, type BudgetSaid, budgetText } from "./domain/budget.ts";
import { spanAt } from "./domain/span.ts";
import { budgetViews } from "./views.ts";

const MINUTE_MS = 60_000;

const list: Handler<"budgets.list", Context> = (context) => budgetViews(context);

const set: Handler<"budgets.set", Context> = async (context, input, caller) => {
  const scope = budgetScope(input.scope);
  if (scope === undefined) throw new HalError("bad_request", `scope: ${input.scope} is no scope`);
  await checkScope(context, scope);
  const id = budgetId(scope, input.period);
  const there = context.budgets.book.all(context.clock.now()).find((budget) => budget.id === id);
  if (there?.source.kind === "file")
    throw new HalError(
      "conflict",
      `${id} is in the configuration (${there.source.path}): change it there and send the supervisor SIGHUP, or raise it for a time: halctl budgets raise ${id}`,
    );
  const limitMicroUsd = microUsd(input.limit_usd);
  const { period, action, reason } = input;
  const budget = {
    id,
    scope: input.scope,
    period,
    limitMicroUsd,
    warnAt: input.warn_at,
    action,
    createdAt: context.clock.now(),
    createdBy: caller.actor,
    reason,
  };
  const most = Math.max(0, MOST_BUDGETS - context.budgets.book.inFile.length);
  const change = changeOf(context, caller, {
    said: { scope, period, limitMicroUsd, givenMicroUsd: limitMicroUsd },
    id,
    what: "set",
    reason,
    limitMicroUsd,
  });
  unlessRefused(await setBudget(context.store, { budget, most, ...change }, idempotencyOf(caller)));
  return changed(context, id);
};

const raise: Handler<"budgets.raise", Context> = async (context, input, caller) => {
  const { to_usd: to, by_usd: by, lift, back, minutes, reason } = input;
  if ([to !== undefined, by !== undefined, lift, back].filter(Boolean).length !== 1)
    throw new HalError("bad_request", "say one of these: to how many dollars, by how many, lift, or back");
  const budget = meant(context, input.id);
  const now = context.clock.now();
  const before = budget.limitMicroUsd ?? budget.givenMicroUsd;
  const limitMicroUsd = limitOf({ to, by, lift, back }, budget, before);
  const { to: end } = spanAt(budget.period, context.budgets.timeZone(), now);
  const override = back
    ? undefined
    : {
        budgetId: budget.id,
        limitMicroUsd,
        until: minutes === undefined ? (end ?? null) : now + minutes * MINUTE_MS,
        createdAt: now,
        createdBy: caller.actor,
        reason,
      };
  const what = lift ? "lifted" : back ? "set" : limitMicroUsd !== null && limitMicroUsd < before ? "lowered" : "raised";
  const change = changeOf(context, caller, {
    said: { ...budget, limitMicroUsd },
    id: budget.id,
    what,
    reason,
    limitMicroUsd: limitMicroUsd ?? undefined,
  });
  const key = idempotencyOf(caller);
  const outcome = await overrideBudget(context.store, { id: budget.id, override, ...change }, key);
  if (outcome === "none")
    throw new HalError("conflict", `${budget.id} is as it was given; there is nothing to take back`);
  unlessRefused(outcome);
  return changed(context, budget.id);
};

const remove: Handler<"budgets.remove", Context> = async (context, input, caller) => {
  const budget = meant(context, input.id);
  if (budget.source.kind === "file")
    throw new HalError(
      "conflict",
      `${budget.id} is in the configuration (${budget.source.path}): take it out there and send the supervisor SIGHUP, or lift it for a time: halctl budgets raise ${budget.id} --lift`,
    );
  const { id } = budget;
  const change = changeOf(context, caller, { said: budget, id, what: "removed", reason: input.reason });
  const outcome = await removeBudget(context.store, { id, ...change }, idempotencyOf(caller));
  if (outcome === "none") throw unknownBudget(input.id);
  unlessRefused(outcome);
  await looked(context);
  return { id, removed: budgetText(budget) };
};

interface Said {
  readonly said: BudgetSaid;
  readonly id: string;
  readonly what: string;
  readonly reason: string;
  readonly limitMicroUsd?: number | undefined;
}

/** What the log says of a change. */
function changeOf({ clock, log }: Context, { actor }: Caller, { said, id, what, reason, limitMicroUsd }: Said) {
  const at = clock.now();
  log.warn({ budget: id, what, actor }, "a budget was changed");
  const data = {
    budgetId: id,
    budget: budgetText(said),
    what,
    by: actor,
    reason,
    ...(limitMicroUsd === undefined ? {} : { limitMicroUsd }),
  };
  const about = said.scope.kind === "project" ? { project: said.scope.project } : {};
  return { at, event: { type: "budget.changed" as const, at, ...about, data } };
}

type Raised = Pick<Parameters<typeof raise>[1], "lift" | "back"> & {
  readonly to: number | undefined;
  readonly by: number | undefined;
};

function limitOf({ to, by, lift, back }: Raised, budget: Budget, before: number): number | null {
  if (lift) return null;
  if (back) return budget.givenMicroUsd;
  return Math.min(MOST_COUNT, to === undefined ? before + microUsd(by ?? 0) : microUsd(to));
}

async function changed(context: Context, id: string): Promise<BudgetView> {
  await looked(context);
  const view = (await budgetViews(context)).find((one) => one.id === id);
  if (view === undefined) throw unknownBudget(id);
  return view;
}

async function looked({ budgets }: Context): Promise<void> {
  await budgets.book.refresh();
  await budgets.desk.lookNow();
}

function meant({ budgets, clock }: Context, ref: string): Budget {
  const all = budgets.book.all(clock.now());
  const exact = all.filter(({ id }) => id === ref);
  const found = exact.length > 0 ? exact : all.filter(({ id }) => id.startsWith(ref));
  return meantBy(ref, found, { noun: "budget", list: "halctl budgets list" });
}

/** A project or a node that nobody has is a slip. */
async function checkScope(context: Context, scope: BudgetScope): Promise<void> {
  if (scope.kind === "project") await checkProject(context, scope.project);
  if (scope.kind === "node") await resolveNode(context, scope.node);
}

function unlessRefused(outcome: BudgetChanged): void {
  if (outcome === "conflict") throw keyWasUsed();
  if (outcome === "full")
    throw new HalError("conflict", `there are ${MOST_BUDGETS} budgets already, which is most; remove some`);
}

function unknownBudget(ref: string): HalError {
  return new HalError("not_found", `no budget ${ref}; see: halctl budgets list`);
}

export const budgetHandlers = {
  "budgets.list": list,
  "budgets.set": set,
  "budgets.raise": raise,
  "budgets.remove": remove,
};
