import { LAST_TIME } from "@hal/protocol";
import { type BudgetMarkRow, budgetMarksOf, markBudget, type OwnEvent } from "@hal/store/supervisor";
import type { Context as RulesContext } from "../rules/context.ts";
import { budgetText } from "./domain/budget.ts";
import { judgeMark } from "./domain/judge-mark.ts";
import { standingOf } from "./domain/standing.ts";
import type { CountedBudget } from "./read-spending.ts";

/** Says once in each span what people are to hear of budgets; what was said is in the database. */
export async function watchBudgets(
  { store, clock, log }: Pick<RulesContext, "store" | "clock" | "log">,
  counted: readonly CountedBudget[],
): Promise<void> {
  for (const one of counted) {
    const marks = new Map(budgetMarksOf(store, one.budget.id).map((mark) => [mark.subject, mark]));
    for (const [subject, spent] of subjectsOf(one)) {
      const now = clock.now();
      const made = marking({ one, subject, spent, before: marks.get(subject), now });
      if (made === undefined) continue;
      if (await markBudget(store, made))
        for (const { event } of made.events)
          log.warn({ budget: one.budget.id, type: event.type }, "a budget was told of");
    }
  }
}

/** What a budget is counted for: one sum, or each session that spent something lately. */
function subjectsOf({ budget, spent }: CountedBudget): (readonly [string, number])[] {
  if (budget.scope.kind === "session") return [...spent];
  return [["", [...spent.values()].reduce((sum, microUsd) => sum + microUsd, 0)]];
}

interface Marking {
  readonly one: CountedBudget;
  readonly subject: string;
  readonly spent: number;
  readonly before: BudgetMarkRow | undefined;
  readonly now: number;
}

function marking({ one: { budget, span }, subject, spent, before, now }: Marking) {
  const { limitMicroUsd, warnAt, id, action } = budget;
  const standing = standingOf({ limitMicroUsd, spentMicroUsd: spent, liabilityMicroUsd: 0, warnAt });
  const judged = judgeMark(before, {
    from: span.from,
    share: standing.warned.at(-1) ?? 0,
    isReached: standing.isReached,
  });
  if (judged === undefined) return undefined;
  const { mark, says } = judged;
  const at = Math.min(now, LAST_TIME);
  const said = {
    budgetId: id,
    budget: budgetText(budget),
    spentMicroUsd: spent,
    limitMicroUsd: limitMicroUsd ?? budget.givenMicroUsd,
    ...(span.to === undefined ? {} : { from: span.from }),
  };
  const slash = subject.lastIndexOf("/");
  const about = {
    ...(budget.scope.kind === "project" ? { project: budget.scope.project } : {}),
    ...(subject === "" ? {} : { session: subject.slice(slash + 1) }),
  };
  const nodeId = subject === "" ? undefined : subject.slice(0, slash);
  const events = says.map((say): OwnEvent => {
    const key = `${say.type}/${id}/${subject}/${mark.spanFrom}/${say.key}`;
    const envelope = { at, sourceKey: key, ...about };
    if (say.type === "budget.warned")
      return { nodeId, event: { ...envelope, type: say.type, data: { ...said, share: say.share } } };
    if (say.type === "budget.reached")
      return { nodeId, event: { ...envelope, type: say.type, data: { ...said, action } } };
    return { nodeId, event: { ...envelope, type: say.type, data: { ...said, reason: say.reason } } };
  });
  return {
    before,
    mark: { ...mark, budgetId: id, subject, changedAt: at },
    events,
  };
}
