import type { SessionView } from "@hal/protocol";
import type { HeldSession, Turn } from "./held-state.ts";

/** The row that people see of a session. */
export type Row = Pick<SessionView, "id" | "status" | "reason" | "node_id">;

/** Why a row is not what opencode says of the session; undefined where it is. `turn` is of a session that rests. */
export function judgeRow(row: Row, held: HeldSession | undefined, turn: Turn | undefined): string | undefined {
  const shown = `is shown ${row.status} (${row.reason})`;
  if (held === undefined) return row.status === "ended" ? undefined : `${shown}, but opencode does not have it`;
  if (held.isArchived && held.status === "idle")
    return row.status === "ended" ? undefined : `${shown}, but is archived`;
  if (held.asks.length > 0)
    return row.status === "waiting" ? undefined : `${shown}, but ${held.asks.join(", ")} waits for a person`;
  if (held.status === "busy") return row.status === "busy" ? undefined : `${shown}, but is at work`;
  if (held.status === "retry") return row.status === "retrying" ? undefined : `${shown}, but waits for its provider`;
  const fits = turn === undefined || fitsTurn(row, turn);
  return fits ? undefined : `${shown}, but rests, and its newest turn is ${turn === "none" ? "none at all" : turn}`;
}

function fitsTurn({ status, reason }: Row, turn: Turn): boolean {
  const isFinished = status === "idle" && /finished its turn/.test(reason);
  const isAborted = status === "idle" && /abort/.test(reason);
  const isInterrupted = status === "error" && /Interrupted/.test(reason);
  const isUnstarted =
    status === "error" && /StartError: its start \(cmd_|StartError: it was created after its start/.test(reason);
  switch (turn) {
    case "none":
      // one whose start failed once it was created says that, and fails (protocol §5.3)
      return ((status === "starting" || status === "idle") && !isFinished) || isUnstarted;
    case "complete":
      return isFinished;
    case "aborted":
      return isAborted;
    case "aborted by its end":
      // an opencode that is stopped aborts its turns, which nobody asked for
      return isAborted || isInterrupted;
    case "denied":
      return status === "idle" && /was denied/.test(reason);
    case "failed":
      return status === "error" && !isInterrupted;
    case "open":
      // opencode says that a turn failed seconds before it writes so, and may end in between
      return status === "error";
    case "unanswered":
      // it waited behind a turn that failed or was aborted, or its opencode ended
      return status === "error" || isAborted || (status === "idle" && /has no answer/.test(reason));
    default:
      return turn satisfies never;
  }
}
