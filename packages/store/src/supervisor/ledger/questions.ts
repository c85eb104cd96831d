import { gte, sql } from "drizzle-orm";
import { addedUp } from "../added-up.ts";
import type { SupervisorStore } from "../store.ts";
import { spentDays, spentSessions } from "./schema.ts";

const DAY_MS = 86_400_000;

/** What the assistant's messages of one project cost with one model. */
export interface Spent {
  readonly project: string;
  /** `provider/model`, as opencode named it; null where it did not */
  readonly model: string | null;
  readonly costMicroUsd: number;
  readonly tokens: number;
}

/**
 * What was spent since the beginning of a day in UTC, by project and model: each of the assistant's messages counts once,
 * on the day on which it began, however many nodes tell of it; what a fork copied was spent elsewhere.
 */
export async function spentSince(store: SupervisorStore, since: number): Promise<Spent[]> {
  const rows = store.sqlite.orm
    .select({
      project: spentDays.project,
      model: spentDays.model,
      costMicroUsd: addedUp(spentDays.costMicroUsd),
      tokens: addedUp(spentDays.tokens),
    })
    .from(spentDays)
    .where(gte(spentDays.day, dayOf(since)))
    .groupBy(spentDays.project, spentDays.model)
    .all();
  return rows.map((row) => ({ ...row, model: row.model === "" ? null : row.model }));
}

/** How many sessions have spent something since the beginning of a day in UTC. */
export async function countSpentSince(store: SupervisorStore, since: number): Promise<number> {
  const counted = store.sqlite.orm
    .select({ sessions: sql<number>`count(distinct ${spentSessions.sessionId})` })
    .from(spentSessions)
    .where(gte(spentSessions.day, dayOf(since)))
    .get();
  return counted?.sessions ?? 0;
}

/** Days since 1970 in UTC. */
export function dayOf(time: number): number {
  return Math.floor(time / DAY_MS);
}
