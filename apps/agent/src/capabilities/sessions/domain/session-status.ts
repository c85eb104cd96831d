import type { HalEvent } from "@hal/protocol";
import type { ToldStatus } from "./saved-session.ts";
import type { SourceStatus } from "../../../domain/source-fact.ts";
import { retryData, type Turn } from "./turn.ts";

/** What is known of a session that has not ended. */
export interface Standing {
  /** undefined where opencode was not heard of it yet */
  readonly doing: SourceStatus | undefined;
  readonly turn: Turn;
  /** the first request that waits for a person */
  readonly waitsFor: string | undefined;
}

type Bare<T> = T extends HalEvent ? Pick<T, "type" | "data"> : never;
type Status = Bare<Extract<HalEvent, { type: `session.${"busy" | "waiting" | "retrying" | "idle" | "error"}` }>>;

/** A status and the words it is told with. */
export interface KnownStatus {
  readonly status: ToldStatus;
  readonly event: Status;
  /** the event as text, by which a change is known */
  readonly said: string;
}

/** The status of a session. Pure: the same knowledge always gives the same status. */
export function statusOf(standing: Standing): KnownStatus | undefined {
  const now = judge(standing);
  return now === undefined ? undefined : { ...now, said: JSON.stringify(now.event) };
}

function judge({ doing, turn, waitsFor }: Standing): { status: ToldStatus; event: Status } | undefined {
  if (doing === undefined) return undefined;
  if (doing.type !== "idle" && waitsFor !== undefined)
    return { status: "waiting", event: { type: "session.waiting", data: { interactionId: waitsFor } } };
  if (doing.type === "busy") return { status: "busy", event: { type: "session.busy", data: {} } };
  if (doing.type === "retry")
    return { status: "retrying", event: { type: "session.retrying", data: retryData(doing) } };
  if (turn.kind === "failed" || turn.kind === "interrupted") {
    const { name, message } = turn;
    return { status: "error", event: { type: "session.error", data: { name, message } } };
  }
  return { status: "idle", event: { type: "session.idle", data: idleData(turn.kind) } };
}

function idleData(kind: Exclude<Turn["kind"], "failed" | "interrupted">) {
  switch (kind) {
    case "aborted":
      return { aborted: true, turn: kind };
    case "none":
    case "finished":
    case "denied":
      return { turn: kind };
    case "asked":
      return { turn: "unanswered" };
    case "open":
    case "unknown":
      return { turn: "unknown" };
    default:
      return kind satisfies never;
  }
}
