import { HalError } from "@hal/protocol";
import { type Active, commandById, nodeById, type Place, sessionById, type SessionRow } from "@hal/store/supervisor";
import { duration } from "@hal/words";
import { statusOf } from "../nodes/node-statuses.ts";
import type { Context } from "./context.ts";
import { type Claim, claimText } from "./domain/claims.ts";

/** Why a session is not started beside what is active in its project, or elsewhere on the branch that both are of, and what to do. */
export async function activeFailure(
  context: Context,
  { active, place: { nodeId, project } }: { readonly active: Active; readonly place: Place },
  claim: Claim | undefined,
): Promise<HalError> {
  const node = await nodeById(context.store, nodeId);
  const where = `project ${project} on ${node?.name ?? nodeId}${claim === undefined ? "" : `, which is of the same branch (${claimText(claim)}),`}`;
  const about = { node_id: nodeId, project, ...claim };
  if (active.by === "begins") {
    const command = await commandById(context.store, active.commandId);
    const what = command?.type === "session.restart" ? "restarted" : "started";
    return new HalError(
      "conflict",
      `a session is being ${what} in ${where} already, as ${command?.actor ?? "somebody"} asked; see: halctl commands get ${active.commandId}`,
      { details: { ...about, command: active.commandId, session_id: command?.sessionId ?? null } },
    );
  }
  const { sessionId: id } = active;
  const session = await sessionById(context.store, nodeId, id);
  const isAway = node !== undefined && statusOf(context, node).status === "offline";
  const how =
    session === undefined
      ? ""
      : ` (${howOf(session, active.by, context.clock.now())}${isAway ? ", as its node said before it was away" : ""})`;
  return new HalError(
    "conflict",
    `${where} has an active session, ${id}${how}; wait for it: halctl sessions wait ${id}; stop its turn: halctl sessions abort ${id}; or begin beside it in a git worktree, with --parallel`,
    { details: { ...about, session_id: id } },
  );
}

function howOf(
  { status, statusSince, statusReason }: SessionRow,
  by: "works" | "asks" | "prompted",
  now: number,
): string {
  switch (by) {
    case "works":
      return `${status} for ${duration(now - statusSince)}: ${statusReason}`;
    case "asks":
      return "waits for a person";
    case "prompted":
      return "a prompt is on its way to it";
    default:
      return by satisfies never;
  }
}
