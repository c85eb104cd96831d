/** The session that a command's arguments name, whatever else is in them. */
export function sessionIn(args: unknown): string | undefined {
  const { sessionId } = (args ?? {}) as { readonly sessionId?: unknown };
  return typeof sessionId === "string" ? sessionId : undefined;
}
