import type { Budget } from "./budget.ts";

/** Whether a budget cannot be applied: nothing begins that it concerns. */
export function isUnreadable({ problem, givenMicroUsd, limitMicroUsd }: Budget): boolean {
  return problem !== undefined && givenMicroUsd === 0 && limitMicroUsd === 0;
}
