import type { CommandView, ErrorBody } from "@hal/protocol";
import type { CommandRow } from "@hal/store/supervisor";
import { duration } from "@hal/words";
import type { NodeStatus } from "../nodes/domain/node-status.ts";
import { time, timeOrNull } from "../../domain/time.ts";
import { problemOf, withProblem } from "../../operations/row-problem.ts";

/** A command as people see it. */
export function commandView(row: CommandRow, now: number, node: NodeStatus | undefined): CommandView {
  return {
    id: row.id,
    type: row.type,
    node_id: row.nodeId,
    project: row.project,
    session_id: row.sessionId,
    actor: row.actor,
    state: row.state,
    reason: withProblem(row, commandReason(row, now, node)),
    ...problemOf(row),
    output: row.output,
    error: row.error as ErrorBody | null,
    created_at: time(row.createdAt),
    deadline_at: timeOrNull(row.deadlineAt),
    finished_at: timeOrNull(row.finishedAt),
  };
}

function sentReason(row: CommandRow, now: number): string {
  const ago = `sent ${duration(now - (row.sentAt ?? now))} ago`;
  return row.deadlineAt !== null && now > row.deadlineAt
    ? `unconfirmed: ${ago}, and its node did not answer in time`
    : ago;
}

/** Whoever waits for an outcome wants to know that it cannot come now. */
function notWell(node: NodeStatus | undefined): string {
  return node === undefined || node.status === "online" ? "" : `; its node is ${node.reason}`;
}

function commandReason(row: CommandRow, now: number, node: NodeStatus | undefined): string {
  switch (row.state) {
    case "queued":
      return `queued ${row.deadlineAt === null ? "until it is done or cancelled" : `until ${time(row.deadlineAt)}`}: its node is ${node?.reason ?? "not known"}`;
    case "sent":
      return `${sentReason(row, now)}${row.cancelRequestedAt === null ? "" : "; it is cancelled if it has not begun"}${notWell(node)}`;
    case "running":
      return `its node has begun it${notWell(node)}`;
    case "succeeded":
      return "done";
    case "failed":
    case "expired":
      return (row.error as ErrorBody | null)?.message ?? row.state;
    case "cancelled":
      return (row.error as ErrorBody | null)?.message ?? "cancelled before it began";
    default:
      return row.state satisfies never;
  }
}
