import type { NoticeView, TargetView } from "@hal/protocol";
import { nextDueAt, type NoticeRow, statesOfTargets, type TargetStateRow, waitingNotices } from "@hal/store/supervisor";
import { time, timeOrNull } from "../../domain/time.ts";
import type { Kernel } from "../../kernel.ts";
import type { ChannelBook } from "./channel-book.ts";

type ViewContext = Pick<Kernel, "store" | "clock"> & { readonly channels: ChannelBook };

interface Waiting {
  readonly count: number;
  readonly since: number;
}

/** Every target, in the order of its name; those last that the configuration does not name any more and for which something waits. */
export function targetViews({ store, channels }: ViewContext): TargetView[] {
  const states = statesOfTargets(store);
  const waiting = waitingNotices(store);
  const known = channels.all.map(({ name, channel, to }) => {
    const [state, waits] = [states.get(name), waiting.get(name)];
    const dueAt = waits === undefined || (state?.stoppedAt ?? null) !== null ? undefined : nextDueAt(store, name);
    const nextTryAt = dueAt === undefined ? null : Math.max(dueAt, state?.notBefore ?? 0);
    return { ...standing(name, state, waits), kind: channel.kind, to, next_try_at: timeOrNull(nextTryAt) };
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
): Omit<TargetView, "kind" | "to" | "next_try_at"> {
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
  };
}

function byName({ name: one }: TargetView, { name: other }: TargetView): number {
  return one < other ? -1 : 1;
}

/** A notice with its state as it is now. */
export function noticeView(row: NoticeRow): NoticeView {
  const { id, target, state, type, eventId, route, tries, createdAt, closedAt, dueAt } = row;
  return {
    id,
    target,
    state,
    reason: row.problem ?? row.reason ?? REASONS[state],
    type,
    event_id: eventId,
    route,
    tries,
    created_at: time(createdAt),
    closed_at: timeOrNull(closedAt),
    next_try_at: closedAt === null ? time(dueAt) : null,
  };
}

const REASONS = {
  waiting: "it was not tried yet",
  sent: "it arrived",
  limited: "its route had told enough just then",
  given_up: "it was tried in vain",
} as const;
