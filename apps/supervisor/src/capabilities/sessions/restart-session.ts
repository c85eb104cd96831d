import { type CommandArgs, HalError, RESTART_FEATURE } from "@hal/protocol";
import { type CommandRow, nodeById, type SessionRow } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { type Issuer, issueCommand } from "../commands/issue-command.ts";
import { unlessBegun } from "../commands/unless-begun.ts";
import { featuresOf } from "../nodes/node-statuses.ts";

/** Which session is restarted, and how. */
export interface RestartRequest extends Omit<CommandArgs<"session.restart">, "sessionId"> {
  readonly session: SessionRow;
  /** how long it may wait for its node */
  readonly deadlineMs: number;
  /** how long the caller waits for the outcome */
  readonly waitMs: number;
}

/**
 * Ends a root session and begins it anew, after a handover where one is asked for: one command, which its node does to the end
 * whatever dies meanwhile. Throws where there is nothing to restart, or where it is being restarted already.
 */
export async function restartSession(context: Context, issuer: Issuer, request: RestartRequest): Promise<CommandRow> {
  const { session, deadlineMs, waitMs, ...how } = request;
  await refuseOlder(context, session.nodeId, "restart a session");
  if (session.status === "ended") throw hasEnded(session);
  if (session.parentId !== null)
    throw new HalError(
      "bad_request",
      `session ${session.id} is a child of ${session.parentId} and ends with it; restart that: halctl sessions restart ${session.parentId}`,
    );
  return issueCommand(context, issuer, {
    type: "session.restart",
    args: { ...how, sessionId: session.id },
    nodeId: session.nodeId,
    project: session.project,
    sessionId: session.id,
    deadlineMs,
    waitMs,
    queue: unlessBegun(context, ["session.restart"], ({ id, actor }) => {
      const text = `session ${session.id} is being restarted, as ${actor} asked; see: halctl commands get ${id}`;
      return new HalError("conflict", text, { details: { command: id, actor } });
    }),
  });
}

/** Refuses what an older agent would not do, or would do in another way. */
export async function refuseOlder(context: Context, nodeId: string, what: string): Promise<void> {
  const row = await nodeById(context.store, nodeId);
  if (!featuresOf(context, row ?? { id: nodeId, features: [] }).includes(RESTART_FEATURE))
    throw new HalError(
      "bad_request",
      `the agent of node ${row?.name ?? nodeId} is older and cannot ${what}; upgrade it`,
    );
}

/** Why nothing more is asked of a session that has ended, and what to ask instead. */
export function hasEnded({ id, project, continuedBy }: SessionRow): HalError {
  return continuedBy === null
    ? new HalError("conflict", `session ${id} has ended; start another one: halctl sessions start ${project}`)
    : new HalError("conflict", `session ${id} was restarted and has ended; it goes on as ${continuedBy}`, {
        details: { continued_by: continuedBy },
      });
}
