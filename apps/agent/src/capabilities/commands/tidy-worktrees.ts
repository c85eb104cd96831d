import { errorText, sleep } from "@hal/daemon";
import { unfinishedExecutions } from "@hal/store/agent";
import type { Context } from "../../context.ts";
import { worktreeNameOf } from "../projects/domain/worktree-names.ts";
import type { Worktree } from "../projects/worktrees.ts";
import type { SessionTeller } from "../sessions/domain/session-teller.ts";

/** At least so often it is looked for worktrees that nobody needs any more. */
const LOOK_MS = 60_000;

/** Removes the worktrees of sessions that have ended, now and then and soon after each end, until `signal` aborts. */
export async function tidyWorktrees(context: Context, signal: AbortSignal): Promise<void> {
  let rest = new AbortController();
  const stop = context.book.listen(({ type }) => {
    if (type === "session.ended") rest.abort();
  });
  while (!signal.aborted) {
    rest = new AbortController();
    await look(context, signal).catch((error: unknown) => {
      context.log.warn({ problem: errorText(error) }, "it could not be looked for worktrees that nobody needs");
    });
    await sleep(LOOK_MS, AbortSignal.any([signal, rest.signal]));
  }
  stop();
}

async function look(context: Context, signal: AbortSignal): Promise<void> {
  const { book, followed, opencode, worktrees } = context;
  const ended = [...book.all()].some(({ status, saved }) => status === "ended" && saved.worktree !== undefined);
  if (!ended && worktrees.all().length === 0) return;
  await opencode.waitUp(signal);
  await followed.wait(signal);
  if (!signal.aborted) await tidyOnce(context);
}

/** Looks at each worktree once: removes what nobody needs, and tells of each session that has ended what became of its one. */
export async function tidyOnce(context: Context): Promise<void> {
  const { book, log, worktrees } = context;
  for (const worktree of worktrees.all()) {
    const sessions = sessionsIn(context, worktree);
    if (await isNeeded(context, worktree, sessions)) continue;
    const { state, ...why } = await worktrees.remove(worktree, sessions.length === 0);
    log[state === "removed" ? "info" : "debug"]({ directory: worktree.path, ...why }, `a worktree was ${state}`);
    if (state === "kept") await tell(context, sessions, worktree, why as { readonly reason: string });
  }
  // also of one that was removed before that could be told, and of one that a person took away
  for (const { saved } of book.all()) {
    const worktree = saved.worktree === undefined ? undefined : worktrees.of(saved.worktree);
    if (worktree !== undefined && !worktrees.isThere(worktree))
      await tell(context, sessionsIn(context, worktree), worktree, undefined);
  }
  await book.write();
}

async function tell(
  { book, clock, worktrees }: Context,
  sessions: readonly SessionTeller[],
  worktree: Worktree,
  kept: { readonly reason: string } | undefined,
): Promise<void> {
  const toTell = sessions.filter(({ status, saved }) => status === "ended" && saved.worktreeIs !== wordFor(kept));
  if (toTell.length === 0) return;
  const branch = await worktrees.branchOf(worktree);
  const data = {
    directory: worktree.path,
    state: kept === undefined ? ("removed" as const) : ("kept" as const),
    ...kept,
    ...(branch === undefined ? {} : { branch }),
  };
  const event = { type: "session.worktree" as const, at: clock.now(), data };
  for (const { id } of toTell) book.open(id).tellBeside(event, { worktreeIs: wordFor(kept) });
}

function wordFor(kept: { readonly reason: string } | undefined): string {
  return kept === undefined ? "removed" : `kept: ${kept.reason}`;
}

/** The sessions that work, or worked, in it. */
function sessionsIn({ book }: Context, { path }: Worktree): SessionTeller[] {
  return [...book.all()].filter(({ managed, saved }) => managed && saved.worktree === path);
}

/** A session lives in it, a start is about to begin one there, or opencode has one that nobody here knows. */
async function isNeeded(
  { opencode, places, store }: Context,
  { name, path }: Worktree,
  sessions: readonly SessionTeller[],
): Promise<boolean> {
  if (sessions.length > 0) return sessions.some(({ status }) => status !== "ended");
  const starts = await unfinishedExecutions(store);
  if (starts.some(({ commandId }) => worktreeNameOf(commandId) === name)) return true;
  return (await opencode.api().sessions(places.real(path))).length > 0;
}
