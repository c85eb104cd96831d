import { type Logger, tokenProblem } from "@hal/daemon";

/** Whether something of that name was handed out, and can be kept. */
export type UsableSecret = (what: string, secret: string | undefined) => secret is string;

/**
 * Judges what a supervisor hands out before it is kept: what no HTTP header carries could never be shown to anybody. It is told of
 * once, and the link lives on.
 */
export function usableSecret(log: Logger): UsableSecret {
  const told = new Set<string>();
  return (what, secret): secret is string => {
    if (secret === undefined) return false;
    const problem = tokenProblem(secret);
    if (problem === undefined) return true;
    if (!told.has(what)) log.error({ what, problem }, "the supervisor handed out what cannot be used; it is not kept");
    told.add(what);
    return false;
  };
}
