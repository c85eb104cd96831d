import { type ErrorBody, HalError, isActive, isFinal } from "@hal/protocol";
import {
  commandById,
  commandOfKey,
  newestOfChain,
  type OccasionEnd,
  type OccasionRow,
  recordStarting,
  sessionOfSchedule,
} from "@hal/store/supervisor";
import { idempotencyOf } from "../../operations/idempotency.ts";
import type { Issuer } from "../commands/issue-command.ts";
import { type StartInput, startSession } from "../sessions/start-session.ts";
import type { LookContext } from "./context.ts";
import { nextTime } from "./domain/cron-times.ts";
import { IN_TIME_MS } from "./domain/judge-schedule.ts";
import { missedReason } from "./domain/occasion-text.ts";
import type { Schedule } from "./domain/schedule.ts";

/** How long a start waits for its node where what is missed is skipped; otherwise until the next time, and no longer than a week. */
const WAIT_MS = 300_000;
const LONGEST_WAIT_MS = 7 * 86_400_000;

/** Asks for the session of an occasion, once; what came of it, where nothing was asked of a node. */
export async function beginOccasion(context: LookContext, occasion: OccasionRow): Promise<OccasionEnd | undefined> {
  const { store, scheduleBook, clock } = context;
  const schedule = scheduleBook.get(occasion.schedule);
  if (schedule === undefined)
    return notStarted(clock.now(), "removed", "the schedule was removed before it could begin");
  const caller = callerOf(context, occasion);
  const key = idempotencyOf(caller);
  // the supervisor may have ended before it could keep what it had asked for
  const isAsked = key !== undefined && (await commandOfKey(store, key)) !== undefined;
  const hindrance = isAsked ? undefined : await hindranceOf(context, schedule, occasion);
  if (hindrance !== undefined) return hindrance;
  try {
    const command = await startSession(context, caller, inputOf(schedule, clock.now()));
    const asked = { commandId: command.id, nodeId: command.nodeId };
    await recordStarting(store, occasion.id, asked);
    return await endOfCommand(context, { ...occasion, ...asked });
  } catch (error) {
    if (error instanceof HalError) return notStarted(clock.now(), codeOf(error), error.message);
    throw error;
  }
}

/** What came of an occasion that asked a node; undefined while that is not known. */
export async function endOfCommand(
  { store, clock }: Pick<LookContext, "store" | "clock">,
  { commandId }: Pick<OccasionRow, "commandId">,
): Promise<OccasionEnd | undefined> {
  const command = commandId === null ? undefined : await commandById(store, commandId);
  if (command === undefined)
    return notStarted(
      clock.now(),
      "unknown",
      `what came of it is not known: ${commandId ?? "its command"} is not kept`,
    );
  if (!isFinal(command.state)) return undefined;
  const { sessionId } = (command.output ?? {}) as { readonly sessionId?: string };
  if (command.state === "succeeded" && sessionId !== undefined)
    return { state: "started", sessionId, closedAt: clock.now() };
  const error = command.error as ErrorBody | null;
  const end = notStarted(
    clock.now(),
    error === null ? command.state : codeOf(error),
    error?.message ?? `its start was ${command.state}`,
  );
  // one that failed after its session was created names it
  const { sessionId: created } = detailsOf(error);
  return typeof created === "string" ? { ...end, sessionId: created } : end;
}

type Details = Readonly<Partial<Record<"precondition" | "session_id" | "sessionId", unknown>>>;

function detailsOf(error: Pick<ErrorBody, "details"> | null): Details {
  const details: unknown = error?.details ?? {};
  return details as Details;
}

/** Why no session started, in one word. */
function codeOf(error: Pick<ErrorBody, "code" | "details">): string {
  const details = detailsOf(error);
  if (details.precondition !== undefined) return "precondition";
  return details.session_id === undefined ? error.code : "active";
}

async function hindranceOf(
  context: LookContext,
  schedule: Schedule,
  occasion: OccasionRow,
): Promise<OccasionEnd | undefined> {
  const now = context.clock.now();
  const { dueAt, missed } = occasion;
  // it was found in time, and the supervisor ended before it could begin
  if (schedule.missed === "skip" && dueAt !== null && now - dueAt > IN_TIME_MS)
    return notStarted(now, "missed", missedReason({ at: dueAt, missed }, { startedAt: context.startedAt, now }));
  const last = await sessionOfSchedule(context.store, schedule.name, occasion.id);
  if (last === undefined) return undefined;
  if (last.state === "starting")
    return notStarted(now, "active", `the start before it has no outcome yet: ${last.commandId ?? last.id}`);
  if (last.nodeId === null || last.sessionId === null) return undefined;
  const session = await newestOfChain(context.store, { nodeId: last.nodeId, id: last.sessionId });
  if (session === undefined || !isActive(session.status)) return undefined;
  return notStarted(
    now,
    "active",
    `the session that it started before, ${session.id}, is ${session.status} still: ${session.statusReason}`,
  );
}

function notStarted(closedAt: number, code: string, reason: string): OccasionEnd & { readonly state: "not_started" } {
  return { state: "not_started", code, reason, sessionId: null, closedAt };
}

/** Asks in the name of the schedule, or of whoever asked for the occasion; the same occasion is asked for once. */
function callerOf({ stopping }: LookContext, { id, actor }: OccasionRow): Issuer {
  return {
    actor,
    operation: "sessions.start",
    rawInput: { occasion: id },
    idempotencyKey: id,
    signal: stopping,
  };
}

function inputOf(schedule: Schedule, now: number): StartInput {
  const { project, node, prompt, model, agent, precondition, preconditionMs } = schedule;
  return {
    project,
    ...(node === null ? {} : { node }),
    prompt,
    ...(model === null ? {} : { model }),
    ...(agent === null ? {} : { agent }),
    ...(precondition === null ? {} : { precondition: { command: precondition, timeoutMs: preconditionMs } }),
    verified: true,
    deadline_ms: waitMs(schedule, now),
    wait_ms: 0,
  };
}

function waitMs(schedule: Schedule, now: number): number {
  if (schedule.missed === "skip") return WAIT_MS;
  const next = nextTime(schedule, now);
  return Math.min(LONGEST_WAIT_MS, Math.max(WAIT_MS, next === undefined ? LONGEST_WAIT_MS : next - now));
}
