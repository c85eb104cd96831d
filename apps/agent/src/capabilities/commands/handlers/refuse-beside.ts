import { HalError, type ProjectReport } from "@hal/protocol";
import type { Context } from "../../../context.ts";
import { isAtWork } from "../../sessions/domain/turn.ts";

/**
 * Refuses a start that is to be alone where a root session of its project is at work: by what was told, and by what opencode says of
 * the project's directory now, which may be news. A start that waited for its node may come when somebody has begun something else.
 */
export async function refuseBeside(context: Context, { name, directory }: ProjectReport): Promise<void> {
  for (const { id, status, managed, saved } of context.book.all())
    if (
      managed &&
      saved.project === name &&
      saved.worktree === undefined &&
      saved.parentId === undefined &&
      isAtWork(status)
    )
      throw isActive(name, id, status ?? "busy");
  const api = context.opencode.api();
  for (const [id, { type }] of Object.entries(await api.statuses(context.places.real(directory)))) {
    if (type === "idle" || context.book.get(id)?.status === "ended") continue;
    const parentId = context.book.get(id)?.saved.parentId ?? (await api.findSession(id))?.parentId;
    if (parentId === undefined) throw isActive(name, id, type === "retry" ? "retrying" : type);
  }
}

function isActive(project: string, id: string, status: string): HalError {
  return new HalError(
    "conflict",
    `project ${project} has an active session, ${id} (${status}), so nothing was started; wait for it: halctl sessions wait ${id}; stop its turn: halctl sessions abort ${id}; or begin beside it in a git worktree, with --parallel`,
    { details: { project, session_id: id } },
  );
}
