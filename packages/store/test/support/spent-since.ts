import * as questions from "../../src/supervisor/index.ts";
import { type LedgerSpan, ledgerSums, type SupervisorStore } from "../../src/supervisor/index.ts";

const DAY_MS = 86_400_000;

/** What one project spent with one model. */
export interface Spent {
  readonly project: string;
  readonly model: string | null;
  readonly costMicroUsd: number;
  readonly tokens: number;
}

/** What was spent since the beginning of a day of UTC, by project and model. */
export async function spentSince(store: SupervisorStore, since: number): Promise<Spent[]> {
  return (await ledgerSums(store, spanSince(since), ["project", "model"])).map(({ values, costNanoUsd, ...sum }) => {
    const [project = "", model = ""] = values;
    const { input, output, reasoning, cacheRead, cacheWrite, unsplit } = sum;
    const tokens = input + output + reasoning + cacheRead + cacheWrite + unsplit;
    return { project, model: model === "" ? null : model, costMicroUsd: costNanoUsd / 1_000, tokens };
  });
}

/** From the beginning of a day of UTC on. */
export function spanSince(time: number): LedgerSpan {
  const fromDay = Math.floor(time / DAY_MS);
  return { from: fromDay * DAY_MS, fromDay };
}

/** How many sessions spent something since then. */
export function countSpentSince(store: SupervisorStore, since: number): Promise<number> {
  return questions.countSpentSince(store, spanSince(since).from);
}
