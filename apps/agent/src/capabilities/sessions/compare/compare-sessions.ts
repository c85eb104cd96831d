import type { BackEnd } from "../../../back-end.ts";
import type { Context } from "../../../context.ts";
import type { SourceSession } from "../../../domain/source-fact.ts";
import type { SessionTeller } from "../domain/session-teller.ts";
import { sessionOfStart } from "../domain/session-of-start.ts";
import { startsWithoutSession, tellLateSession } from "../late-sessions.ts";

/**
 * What opencode lists is what a session costs and is called now; one that was told and that it does not have any more
 * was deleted meanwhile.
 */
export async function compareSessions(
  context: Context,
  api: BackEnd,
  directory: string,
  sessions: readonly SourceSession[],
): Promise<void> {
  const listed = new Set(sessions.map(({ id }) => id));
  for (const session of sessions)
    if (context.book.get(session.id)?.managed === true) context.book.open(session.id).session(session);
  for (const start of await startsWithoutSession(context)) {
    const session = sessionOfStart(sessions, start);
    if (session !== undefined && context.book.get(session.id)?.managed === true)
      await tellLateSession(context, api, { session, start });
  }
  for (const teller of context.book.all()) {
    const { id, managed, status, tellsAgain } = teller;
    if (!managed || (status === "ended" && !tellsAgain) || !isIn(context, teller, directory)) continue;
    if (listed.has(id)) continue;
    const session = tellsAgain ? await api.findSession(id) : undefined;
    if (session !== undefined) context.book.open(id).session(session);
    else if (!(await api.hasSession(id))) context.book.open(id).ended("deleted", context.clock.now());
  }
}

/** opencode knows a directory by its real path; an earlier version may have kept it otherwise. */
export function isIn({ places }: Context, { saved }: SessionTeller, directory: string): boolean {
  return saved.directory !== undefined && places.real(saved.directory) === directory;
}
