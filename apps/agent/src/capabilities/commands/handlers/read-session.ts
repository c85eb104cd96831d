import { type FileChange, HalError } from "@hal/protocol";
import { sleep } from "@hal/daemon";
import type { Context } from "../../../context.ts";
import { fitDiff } from "../domain/fit-diff.ts";
import { mergeDiffs } from "../domain/merge-diffs.ts";
import type { Handler } from "./index.ts";

/** Right after a turn opencode may not have compared the files yet. */
const LOOKS = 4;
const LOOK_EVERY_MS = 400;

export const readTodos: Handler<"session.todo"> = async (context, { sessionId }) => {
  refuseUnknown(context, sessionId);
  return { todos: await context.opencode.api().todos(sessionId) };
};

export const readDiff: Handler<"session.diff"> = async (context, { sessionId, messageIds }) => {
  refuseUnknown(context, sessionId);
  const turns: FileChange[][] = [];
  for (const messageId of messageIds.slice(0, -1)) turns.push(await context.opencode.api().diff(sessionId, messageId));
  for (const messageId of messageIds.slice(-1)) turns.push(await newestDiff(context, sessionId, messageId));
  return fitDiff(mergeDiffs(turns));
};

/** A prompt that names no model is for the one that the session has. */
export const readTakes: Handler<"session.takes"> = async (context, { sessionId, model: wanted }) => {
  refuseUnknown(context, sessionId);
  const api = context.opencode.api();
  const session = await api.findSession(sessionId);
  if (session === undefined) throw new HalError("not_found", `opencode has no session ${sessionId} any more`);
  const model = wanted ?? session.model ?? (await api.newestMessage(sessionId))?.message.model;
  const takes = model === undefined ? undefined : await api.takes(session.directory, model);
  return model === undefined || takes === undefined ? { takes: [] } : { model, takes: [...takes] };
};

async function newestDiff(context: Context, sessionId: string, messageId: string): Promise<FileChange[]> {
  let files = await context.opencode.api().diff(sessionId, messageId);
  for (let look = 1; look < LOOKS && files.length === 0 && !context.stopping.aborted; look += 1) {
    await sleep(LOOK_EVERY_MS, context.stopping);
    files = await context.opencode.api().diff(sessionId, messageId);
  }
  return files;
}

/** opencode answers for sessions that it does not have, too. */
function refuseUnknown({ book }: Context, sessionId: string): void {
  if (book.get(sessionId) === undefined) throw new HalError("not_found", `this node has no session ${sessionId}`);
}
