import { DistrustError, isEncrypted } from "@hal/daemon";
import type { LinkEnd } from "./domain/retry.ts";

/** How a connection ended that failed, in words for a person. */
export function endOf(error: Error, url: string): LinkEnd {
  if (error instanceof DistrustError) return { kind: "distrusted", problem: error.message };
  const { code } = error as NodeJS.ErrnoException;
  // what came was no frame: too long, or no UTF-8
  if (code?.startsWith("WS_ERR_") === true) return { kind: "failed", problem: error.message };
  const problem = problemOf(error);
  // a port with TLS hangs up on whoever does not speak it
  const hint = problem === "socket hang up" && !isEncrypted(url) ? "; if it uses TLS, write wss://" : "";
  return { kind: "unreachable", problem: `${problem}${hint}` };
}

function problemOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof AggregateError) return problemOf((error.errors as Error[])[0] ?? new Error(code ?? "unknown"));
  return error.message === "" ? (code ?? "unknown") : error.message;
}
