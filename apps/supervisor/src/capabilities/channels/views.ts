import type { NoticeView, TargetView } from "@hal/protocol";
import {
  countToldBy,
  nextDueAt,
  type NoticeRow,
  statesOfTargets,
  type TargetStateRow,
  waitingNotices,
} from "@hal/store/supervisor";
import { time, timeOrNull } from "../../domain/time.ts";
import type { Kernel } from "../../kernel.ts";
import { isQuiet, quietUntil } from "../policies/domain/quiet-hours.ts";
import type { Context } from "./context.ts";
import { GROUP_MS } from "./domain/plan-telling.ts";

type ViewContext = Pick<Kernel, "store" | "clock"> & Pick<Context, "channels" | "volumeOf">;

interface Waiting {
  readonly count: number;
  readonly since: number;
}

/** Every target, in the order of its name; those last that the configuration does not name any more and for which something waits. */
export function targetViews({ store, clock, channels, volumeOf }: ViewContext): TargetView[] {
  const now = clock.now();
  const states = statesOfTargets(store);
  const waiting = waitingNotices(store);
  const known = channels.all.map(({ name, channel, to }) => {
    const [state, waits] = [states.get(name), waiting.get(name)];
    const dueAt = waits === undefined || (state?.stoppedAt ?? null) !== null ? undefined : nextDueAt(store, name);
    const volume = volumeOf(name);
    const quiet = quietUntil(volume?.hours, now);
    const nextTryAt = dueAt === undefined ? null : Math.max(dueAt, state?.notBefore ?? 0, quiet ?? 0);
    return {
      ...standing(name, state, waits),
      kind: channel.kind,
      to,
      next_try_at: timeOrNull(nextTryAt),
      verbosity: volume?.verbosity ?? null,
      quiet_until: timeOrNull(quiet ?? null),
      digest_at: volume?.daily === undefined ? null : `${volume.daily.at} ${volume.daily.timeZone}`,
    };
  });
  const gone = [...waiting].filter(([name]) => channels.get(name) === undefined);
  return [
    ...known.toSorted(byName),
    ...gone.map(([name, waits]) => goneTarget(name, states.get(name), waits)).toSorted(byName),
  ];
}

function standing(
  name: string,
  state: TargetStateRow | undefined,
  waits: Waiting | undefined,
): Omit<TargetView, "kind" | "to" | "next_try_at" | "verbosity" | "quiet_until" | "digest_at"> {
  const common = {
    name,
    waiting: waits?.count ?? 0,
    waiting_since: timeOrNull(waits?.since ?? null),
    last_sent_at: timeOrNull(state?.lastSentAt ?? null),
  };
  const reason = state?.reason ?? "";
  if (state !== undefined && state.stoppedAt !== null)
    return { ...common, state: "stopped", reason, since: time(state.stoppedAt) };
  if (state !== undefined && state.failingSince !== null)
    return { ...common, state: "failing", reason, since: time(state.failingSince) };
  if (state?.lastSentAt == null)
    return { ...common, state: "untried", reason: "nothing was sent to it yet", since: null };
  return { ...common, state: "working", reason: "the last notice arrived", since: null };
}

function goneTarget(name: string, state: TargetStateRow | undefined, waits: Waiting): TargetView {
  return {
    ...standing(name, state, waits),
    kind: name.split("#")[0] ?? "",
    to: "",
    state: "stopped",
    reason: "the configuration does not name it any more; what waits is sent when it does again",
    since: null,
    next_try_at: null,
    verbosity: null,
    quiet_until: null,
    digest_at: null,
  };
}

function byName({ name: one }: TargetView, { name: other }: TargetView): number {
  return one < other ? -1 : 1;
}

/** Notices with their state as it is now. */
export function noticeViews(context: ViewContext, rows: readonly NoticeRow[]): NoticeView[] {
  const digests = [...new Set(rows.flatMap(({ state, cardId }) => (state === "digested" ? (cardId ?? []) : [])))];
  const told = countToldBy(context.store, digests);
  return rows.map((row) => noticeView(context, row, told));
}

function noticeView(context: ViewContext, row: NoticeRow, told: ReadonlyMap<string, number>): NoticeView {
  const { id, target, state, type, eventId, route, tries, createdAt, closedAt, dueAt, isUrgent, cardId } = row;
  const wait = closedAt === null ? waitOf(context, row) : undefined;
  return {
    id,
    target,
    state,
    reason: row.problem ?? row.reason ?? wait?.reason ?? reasonOf(row, told),
    type,
    event_id: eventId,
    route,
    tries,
    created_at: time(createdAt),
    closed_at: timeOrNull(closedAt),
    next_try_at: closedAt === null ? time(Math.max(dueAt, wait?.until ?? 0)) : null,
    urgent: isUrgent,
    card: cardId,
  };
}

/** Why one waits that could be tried; undefined where nothing is in its way. */
function waitOf(
  { clock, volumeOf }: ViewContext,
  { target, isUrgent, createdAt }: NoticeRow,
): { readonly until: number; readonly reason: string } | undefined {
  const volume = volumeOf(target);
  if (volume === undefined || isUrgent) return undefined;
  const now = clock.now();
  const { hours } = volume;
  const quiet = quietUntil(hours, now);
  if (hours !== undefined && quiet !== undefined)
    return { until: quiet, reason: `quiet hours until ${hours.to} (${hours.time_zone})` };
  const until = createdAt + GROUP_MS;
  if (until <= now || (hours !== undefined && isQuiet(hours, createdAt))) return undefined;
  return { until, reason: "it waits a moment for what else is told of the same" };
}

function reasonOf({ state, cardId }: NoticeRow, told: ReadonlyMap<string, number>): string {
  if (state !== "digested") return REASONS[state];
  const others = (told.get(cardId ?? "") ?? 1) - 1;
  return others === 0
    ? "it was told in a digest"
    : `it was told in a digest with ${others} ${others === 1 ? "other" : "others"}`;
}

const REASONS = {
  waiting: "it was not tried yet",
  sent: "it arrived",
  muted: "its channel tells less than that",
  limited: "its route had told enough just then",
  given_up: "it was tried in vain",
} as const;
