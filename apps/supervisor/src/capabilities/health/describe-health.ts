import type { EventData, SessionStatus, SessionView } from "@hal/protocol";
import type { HealthRow } from "@hal/store/supervisor";
import { time } from "../../domain/time.ts";
import type { Context } from "./context.ts";
import { contextOf, marksOf, type ToldHealth } from "./domain/marks.ts";

/** What is stored of a session's health, as far as it can be shown. */
export function toldHealth(row: HealthRow | undefined): ToldHealth | undefined {
  return row === undefined ? undefined : { ...row, data: row.data as EventData<"session.health"> };
}

/** How a session gets on, as people see it; `status` is what they see. */
export function healthView(
  context: Pick<Context, "healthLimits">,
  row: HealthRow | undefined,
  { status, now }: { readonly status: SessionStatus; readonly now: number },
): Pick<SessionView, "health" | "context" | "task"> {
  const told = toldHealth(row);
  const { task, taskAt } = told?.data ?? {};
  return {
    health: marksOf(told, { status, now, limits: context.healthLimits() }).map((mark) => ({
      ...mark,
      since: time(mark.since),
    })),
    context: contextOf(told),
    task: task === undefined ? null : { text: task, written_at: taskAt === undefined ? null : time(taskAt) },
  };
}
