import type { SessionInfo } from "./messages/sync-row.ts";

/** A command that starts a session. */
export interface Start {
  readonly commandId: string;
  readonly args: unknown;
}

/**
 * The session that a start created, by the command's id, which opencode keeps with it. Its forks carry that id, too: they
 * came later, and opencode says in their titles what they are. Pure.
 */
export function sessionOfStart(sessions: readonly SessionInfo[], { commandId, args }: Start): SessionInfo | undefined {
  const { title: asked } = args as { readonly title?: unknown };
  return sessions
    .filter(({ metadata, title }) => metadata?.["hal"] === commandId && (title === asked || !FORK.test(title)))
    .toSorted((a, b) => a.time.created - b.time.created)[0];
}

const FORK = /\(fork #\d+\)$/;
