import type { Context as BudgetsContext } from "../budgets/context.ts";

/** What interactions may use, and how long an answer waits. */
export interface Context extends BudgetsContext {
  /** how long an answer may wait for its node where its giver names no deadline */
  readonly answerMs: () => number;
  /** after how long a permission is denied that nobody answers; undefined where none is */
  readonly expiryMs: () => number | undefined;
}
