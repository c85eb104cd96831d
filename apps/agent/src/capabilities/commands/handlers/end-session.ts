import { HalError } from "@hal/protocol";
import type { Context } from "../../../context.ts";
import type { SessionTeller } from "../../sessions/domain/session-teller.ts";
import { bootInstance } from "../../projects/boot-instance.ts";
import type { Handler } from "./index.ts";
import { rejectRequests } from "./reject-requests.ts";

export const abortSession: Handler<"session.abort"> = async (context, { sessionId }) => {
  await actingOn(context, sessionId, (tree) => stopTree(context, tree, "its turn was aborted"));
  return { sessionId };
};

export const killSession: Handler<"session.kill"> = (context, { sessionId, purge = false }) =>
  actingOn(context, sessionId, async (tree) => {
    await stopTree(context, tree, "its session was killed");
    const ended = await endTree(context, tree);
    // opencode deletes what is below it, too
    if (purge) await context.opencode.api().deleteSession(sessionId);
    return { sessionId, ended, ...(purge ? { purged: ended } : {}) };
  });

/** Says that sessions have ended, the root maybe for one that goes on from it, and archives them; safe to do again. */
export async function endTree(
  context: Context,
  tree: readonly SessionTeller[],
  continuedBy?: string,
): Promise<string[]> {
  const now = context.clock.now();
  // told before it is archived, so that the reason is ours; the root goes last
  for (const [index, { id }] of tree.entries())
    context.book.open(id).ended("killed", now, index === 0 ? continuedBy : undefined);
  await context.book.write();
  for (const { id } of tree.toReversed()) {
    await context.opencode.api().archive(id, now);
    // a prompt may have slipped in before it was archived
    await context.opencode.api().abort(id);
  }
  return tree.map(({ id }) => id);
}

/** Does something with a session and all below it, the root first, and has no comparison judge them meanwhile. */
export async function actingOn<T>(
  context: Context,
  sessionId: string,
  act: (tree: readonly SessionTeller[]) => Promise<T>,
): Promise<T> {
  if (context.book.get(sessionId) === undefined)
    throw new HalError("not_found", `this node has no session ${sessionId}`);
  const tree = treeOf(context, sessionId);
  const leave = tree.map(({ id }) => context.acting.begin(id));
  try {
    return await act(tree);
  } finally {
    for (const one of leave) one();
  }
}

/** Aborts sessions, the root last, and rejects what they asked. */
export async function stopTree(context: Context, tree: readonly SessionTeller[], reason: string): Promise<void> {
  const api = context.opencode.api();
  // an abort ends the turns, and with them what they asked
  const requests = tree.flatMap(({ id: sessionId, saved: { directory, open } }) =>
    Object.entries(open).map(([id, kind]) => ({ id, kind, sessionId, directory })),
  );
  for (const { id } of tree.toReversed()) {
    await bootInstance(context, id);
    await api.abort(id);
    context.book.open(id).aborted();
  }
  await rejectRequests(context, api, { requests, reason });
  await context.book.write();
}

/** A session and all below it, the root first. */
export function treeOf(context: Context, root: string): SessionTeller[] {
  const all = [...context.book.all()];
  const tree: SessionTeller[] = [];
  let level = all.filter(({ id }) => id === root);
  while (level.length > 0) {
    tree.push(...level);
    const parents = new Set(level.map(({ id }) => id));
    level = all.filter((teller) => parents.has(teller.saved.parentId ?? "") && !tree.includes(teller));
  }
  return tree;
}
