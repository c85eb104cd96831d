import type { OccasionState } from "@hal/protocol";
import { duration } from "@hal/words";
import { MOST_COUNTED } from "./judge-schedule.ts";

interface Passed {
  readonly at: number;
  readonly missed: number;
}

/** Why a time that passed began nothing. Pure. */
export function missedReason(
  { at, missed }: Passed,
  { startedAt, now }: { readonly startedAt: number; readonly now: number },
) {
  const why = at < startedAt ? "the supervisor was away" : "the supervisor stood still";
  const others = missed === 0 ? "" : `, and ${countText(missed)} before it`;
  return `it passed ${duration(now - at)} ago${others}, when ${why}, and this schedule skips what it missed`;
}

function countText(missed: number): string {
  return missed >= MOST_COUNTED ? `${MOST_COUNTED} or more` : String(missed);
}

/** How an occasion stands, as it is stored. */
export interface ToldOccasion {
  readonly state: OccasionState;
  readonly dueAt: number | null;
  readonly missed: number;
  readonly createdAt: number;
  readonly sessionId: string | null;
  readonly reason: string | null;
  /** how its command stands, while that has no outcome */
  readonly commandReason: string | undefined;
}

/** So late is worth a word. */
const LATE_MS = 60_000;

/** Why an occasion is in its state, in one line. Pure. */
export function occasionReason(occasion: ToldOccasion): string {
  const { state, sessionId, reason, commandReason } = occasion;
  switch (state) {
    case "starting":
      return `${commandReason === undefined ? "it is about to begin" : `its start is under way: ${commandReason}`}${lateText(occasion)}`;
    case "started":
      return `session ${sessionId ?? "(unknown)"} was started${lateText(occasion)}`;
    case "not_started":
      return reason ?? "it is not known why";
    default:
      return state satisfies never;
  }
}

function lateText({ dueAt, createdAt, missed }: ToldOccasion): string {
  const late = dueAt === null || createdAt - dueAt <= LATE_MS ? "" : `, ${duration(createdAt - dueAt)} late`;
  return missed === 0 ? late : `${late}; it stands for ${countText(missed)} earlier times, too`;
}
