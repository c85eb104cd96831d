import { type CloseCode, CLOSE_CODES, reconnectAfter } from "@hal/protocol";

/** Bounds of the wait before the next attempt, in milliseconds. */
export interface RetryLimits {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** How an attempt to talk to the supervisor ended. */
export type LinkEnd =
  | { readonly kind: "closed"; readonly code: number; readonly reason: string }
  | { readonly kind: "refused"; readonly status: number; readonly says?: string | undefined }
  | { readonly kind: "unreachable"; readonly problem: string }
  /** what is there is not the supervisor that is meant, or cannot prove it */
  | { readonly kind: "distrusted"; readonly problem: string }
  | { readonly kind: "silent"; readonly ms: number }
  /** this side ended it to begin a new epoch */
  | { readonly kind: "renewed"; readonly why: string }
  /** this side could not go on */
  | { readonly kind: "failed"; readonly problem: string };

/** What an operator reads about it, and how soon to dial again; undefined for never. */
export interface Retry {
  readonly text: string;
  readonly level: "info" | "warn" | "error";
  readonly limits: RetryLimits | undefined;
}

const SOON: RetryLimits = { baseMs: 500, maxMs: 30_000 };
/** For what is mended by dialling again; not where that is not so, again and again. */
export const AT_ONCE: RetryLimits = { baseMs: 20, maxMs: 30_000 };
/** For what a person has to mend first. */
const SLOWLY: RetryLimits = { baseMs: 10_000, maxMs: 60_000 };

/** Judges the end of a link. Pure. */
export function retryAfter(end: LinkEnd, token: string): Retry {
  switch (end.kind) {
    case "unreachable":
      return { text: `cannot reach the supervisor: ${end.problem}`, level: "warn", limits: SOON };
    case "distrusted":
      return { text: `the supervisor is not trusted: ${end.problem}`, level: "error", limits: SLOWLY };
    case "silent":
      return { text: `the supervisor was silent for ${Math.round(end.ms / 1000)} s`, level: "warn", limits: SOON };
    case "refused":
      return refused(end, token);
    case "renewed":
      return { text: `${end.why}; beginning a new epoch of the outbox`, level: "warn", limits: AT_ONCE };
    case "failed":
      return { text: `the link was given up: ${end.problem}`, level: "error", limits: SOON };
    case "closed":
      return closed(end.code, end.reason);
    default:
      return end satisfies never;
  }
}

/** Whether a link ended because of the token, so that another one may do better. */
export function isTokenRefused(end: LinkEnd): boolean {
  if (end.kind === "refused") return end.status === 401 || end.status === 403;
  return end.kind === "closed" && end.code === 4009;
}

function refused(
  { status, says }: { readonly status: number; readonly says?: string | undefined },
  token: string,
): Retry {
  if (status === 401)
    return {
      text: `auth token rejected by the supervisor (this one's fingerprint is ${token}); it must match server.auth_token there${says === undefined ? "" : `: ${says}`}`,
      level: "error",
      limits: SLOWLY,
    };
  if (status === 403)
    return { text: "the supervisor refuses this token or origin (403)", level: "error", limits: SLOWLY };
  return {
    text: `the supervisor's address answered ${status} instead of a WebSocket; is supervisor_url its WebSocket port (8420)?`,
    level: "error",
    limits: status >= 500 ? SOON : SLOWLY,
  };
}

function closed(code: number, reason: string): Retry {
  const after = reconnectAfter(code);
  const known = code in CLOSE_CODES ? CLOSE_CODES[code as CloseCode].reason : `code ${code}`;
  const text = `the link was closed: ${reason === "" ? known : reason}`;
  if (after === "never") return { text, level: "error", limits: undefined };
  return { text, level: after === "slowly" ? "error" : "warn", limits: after === "slowly" ? SLOWLY : SOON };
}
