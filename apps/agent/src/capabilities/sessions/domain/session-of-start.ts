import type { SourceSession } from "../../../domain/source-fact.ts";

/** A command that starts a session. */
export interface Start {
  readonly commandId: string;
  readonly args: unknown;
}

/**
 * The session that a start created, by the command's id, which its back end keeps with it. Its forks carry that id, too: they
 * came later, and their back end says what they are. Pure.
 */
export function sessionOfStart(
  sessions: readonly SourceSession[],
  { commandId, args }: Start,
): SourceSession | undefined {
  const { title: asked } = args as { readonly title?: unknown };
  return sessions
    .filter((session) => session.commandId === commandId && (session.title === asked || !session.isFork))
    .toSorted((a, b) => a.createdAt - b.createdAt)[0];
}
