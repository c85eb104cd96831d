import type { EventData, HealthMark, SessionStatus, SessionView } from "@hal/protocol";
import { duration } from "@hal/words";

type Health = EventData<"session.health">;

/** From when on a session has a mark. */
export interface HealthLimits {
  readonly stuckMs: number;
  readonly errors: number;
}

/** What was told of how a session gets on, with its times on the supervisor's clock. */
export interface ToldHealth {
  readonly quietSince: number | null;
  readonly loopSince: number | null;
  readonly data: Health;
}

export interface MarkedSession {
  /** as people see it */
  readonly status: SessionStatus;
  readonly now: number;
  readonly limits: HealthLimits;
}

export interface Mark extends Pick<HealthMark, "mark" | "reason"> {
  readonly since: number;
}

/** A session that rests, waits for a person, or cannot be reached is not stuck: of the last nobody knows whether it moves. */
const MAY_BE_STUCK: ReadonlySet<SessionStatus> = new Set(["busy", "retrying"]);
/** A turn that failed is one of those that fail again and again. */
const MAY_LOOP: ReadonlySet<SessionStatus> = new Set(["busy", "retrying", "waiting", "error"]);

/** The marks beside a session's status. Pure: the same knowledge always gives the same marks. */
export function marksOf(told: ToldHealth | undefined, session: MarkedSession): Mark[] {
  if (told === undefined) return [];
  return [...stuckMark(told, session), ...loopMark(told, session)];
}

function stuckMark(told: ToldHealth, { status, now, limits }: MarkedSession): Mark[] {
  const { quietSince } = told;
  if (quietSince === null || !MAY_BE_STUCK.has(status) || now - quietSince < limits.stuckMs) return [];
  return [{ mark: "stuck", since: quietSince, reason: quietText(told, now) ?? "" }];
}

function loopMark({ loopSince, data: { loop } }: ToldHealth, { status, limits }: MarkedSession): Mark[] {
  if (loopSince === null || loop === undefined || !MAY_LOOP.has(status)) return [];
  if (loop.kind === "errors" && loop.count < limits.errors) return [];
  return [{ mark: "looping", since: loopSince, reason: loopText(loop) }];
}

/** What is known of how a session gets on, for whoever asks why it is as it is. */
export interface HealthFacts {
  readonly marks: readonly Mark[];
  /** absent where something moves */
  readonly quiet: { readonly since: number; readonly text: string } | undefined;
  readonly context: SessionView["context"];
  readonly task: { readonly text: string; readonly at: number | undefined } | undefined;
}

export function healthFacts(told: ToldHealth, session: MarkedSession): HealthFacts {
  const { quietSince, data } = told;
  const text = quietText(told, session.now);
  return {
    marks: marksOf(told, session),
    quiet: quietSince === null || text === undefined ? undefined : { since: quietSince, text },
    context: contextOf(told),
    task: data.task === undefined ? undefined : { text: data.task, at: data.taskAt },
  };
}

/** Since when nothing moves and what it was at last, as far as that is known; undefined where something moves. */
function quietText({ quietSince, data: { last } }: ToldHealth, now: number): string | undefined {
  if (quietSince === null) return undefined;
  const quiet = `nothing moved for ${duration(now - quietSince)}`;
  if (last === undefined) return quiet;
  const about = last.about === "" ? "" : ` \`${last.about}\``;
  const is = last.status === "running" || last.status === "pending" ? "is still" : "is";
  return `${quiet}: last was ${last.tool}${about}, which ${is} ${last.status === "error" ? "failed" : last.status}`;
}

function loopText({ kind, tool, count }: NonNullable<Health["loop"]>): string {
  if (kind === "same_call") return `${tool ?? "a tool"} was called ${count} times in a row with the same arguments`;
  return tool === undefined ? `${count} turns in a row failed` : `${tool} failed ${count} times in a row`;
}

/** How much of its model's context is taken; null where that is not known. */
export function contextOf(told: ToldHealth | undefined): SessionView["context"] {
  const context = told?.data.context;
  if (context === undefined) return null;
  const { tokens, limit } = context;
  const isKnown = limit !== undefined && limit > 0;
  return { tokens, limit: isKnown ? limit : null, percent: isKnown ? Math.round((tokens / limit) * 1_000) / 10 : null };
}
