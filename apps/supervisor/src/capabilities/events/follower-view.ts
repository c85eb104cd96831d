import type { FollowerView } from "@hal/protocol";
import { time } from "../../domain/time.ts";
import type { FollowerReport } from "../../log/named-followers.ts";

/** How a named follower is, as people and programs see it. */
export function followerView({ name, lagEvents, stuck, setAside: { count, last } }: FollowerReport): FollowerView {
  return {
    name,
    lag_events: lagEvents,
    stuck:
      stuck === undefined
        ? null
        : {
            event_id: stuck.eventId ?? null,
            reason: stuck.reason,
            attempts: stuck.attempts,
            since: time(stuck.since),
            next_try_at: time(stuck.nextTryAt),
          },
    set_aside: count,
    last_set_aside: last === undefined ? null : { event_id: last.eventId, reason: last.reason, at: time(last.at) },
  };
}
