import type {
  CommandState,
  InteractionView,
  NodeView,
  NoticeState,
  OccasionState,
  SessionStatus,
  TargetState,
} from "@hal/protocol";
import { entryOf } from "@hal/protocol/text";

/** How things are with what has a status; each surface has a colour or a sign for it. */
export type Tone = "good" | "busy" | "warn" | "bad" | "faint";

type Status =
  | SessionStatus
  | NodeView["status"]
  | CommandState
  | InteractionView["state"]
  | OccasionState
  | TargetState
  | NoticeState;

const TONES: Readonly<Record<Status, Tone>> = {
  online: "good",
  idle: "good",
  succeeded: "good",
  answered: "good",
  started: "good",
  busy: "busy",
  starting: "busy",
  running: "busy",
  sent: "busy",
  digested: "busy",
  waiting: "warn",
  open: "warn",
  degraded: "warn",
  retrying: "warn",
  queued: "warn",
  offline: "bad",
  unreachable: "bad",
  error: "bad",
  failed: "bad",
  not_started: "bad",
  expired: "bad",
  working: "good",
  failing: "warn",
  stopped: "bad",
  given_up: "bad",
  ended: "faint",
  untried: "faint",
  limited: "faint",
  muted: "faint",
  cancelled: "faint",
};

/** Statuses that need nobody, and explain themselves. */
const QUIET: ReadonlySet<string> = new Set<Status>([
  "online",
  "idle",
  "busy",
  "starting",
  "ended",
  "succeeded",
  "started",
  "sent",
  "running",
  "working",
]);

/** The tone of a status; undefined for one of a later release. */
export function toneOf(status: string): Tone | undefined {
  return entryOf(TONES, status);
}

/** Whether a status wants its reason beside it. */
export function wantsReason(status: string): boolean {
  return !QUIET.has(status);
}
/** A status with its reason; many a reason begins with the status, which is then said once. */
export function statusText({ status, reason }: { readonly status: string; readonly reason: string }): string {
  return reason.startsWith(status) ? reason : `${status}: ${reason}`;
}
