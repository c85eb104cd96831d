import type { SessionView } from "@hal/protocol";

type Marked = Pick<SessionView, "status" | "health">;

/** Where people look first, marks among the statuses: what comes earlier needs somebody more. */
const ATTENTION = [
  "waiting",
  "error",
  "retrying",
  "stuck",
  "looping",
  "unreachable",
  "starting",
  "busy",
  "idle",
  "ended",
] as const satisfies readonly (SessionView["status"] | SessionView["health"][number]["mark"])[];

/** How early a session is to be looked at, 0 first: by its status or a mark beside it, whichever comes first. */
export function attentionOf({ status, health }: Marked): number {
  const places = [status, ...health.map(({ mark }) => mark)].map((word) => ATTENTION.indexOf(word));
  // one of a later release is shown last
  return Math.min(...places.map((place) => (place === -1 ? ATTENTION.length : place)));
}

/** Those that need somebody first; the order stays as it was among those that need it alike. */
export function byAttention<S extends Marked>(sessions: readonly S[]): S[] {
  return sessions.toSorted((one, other) => attentionOf(one) - attentionOf(other));
}

/** How full a context is: `42 %`; `-` where that is not known. */
export function fullness(context: SessionView["context"]): string {
  return context?.percent == null ? "-" : `${Math.round(context.percent)} %`;
}
