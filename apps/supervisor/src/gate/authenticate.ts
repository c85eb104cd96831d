import { type Clock, fingerprint, type Logger, sleep } from "@hal/daemon";
import { WrongTokens } from "./domain/wrong-tokens.ts";
import type { Audit } from "../capabilities/audit/audit.ts";
import type { Actor } from "../operations/handler.ts";
import type { TokenBook } from "../capabilities/access/token-book.ts";
import type { Limits } from "../limits.ts";
import { throttle } from "./throttle.ts";

/** By which door somebody comes, and from where. */
export interface Entrance {
  readonly surface: Actor["surface"];
  readonly ip: string | undefined;
}

/** Why a token is refused. */
export interface Refused {
  readonly refused: keyof typeof REFUSALS;
}

/** What whoever showed the token hears of it. */
export const REFUSALS = {
  unknown: "the token is missing or wrong",
  replaced:
    "this token was replaced and is not accepted any more; take the new one, server.auth_token in the supervisor's configuration",
} as const;

/** Who a bearer token belongs to, or why it belongs to nobody. */
export type Authenticate = (authorization: string | undefined, entrance: Entrance) => Actor | Refused;

/**
 * Judges tokens. A right one is never refused, however many wrong ones come; of those there is a line a second in the
 * log, and the audit counts them.
 */
export function authenticator(
  tokens: TokenBook,
  { audit, log, now }: { audit: Audit; log: Logger; now: () => number },
): Authenticate {
  const warn = throttle<Entrance & { readonly given: string }>(now, (latest, count) =>
    log.warn({ ...latest, wanted: fingerprint(tokens.shared.current), count }, "token refused (fingerprints)"),
  );
  const warnOfPrevious = throttle<Entrance & { readonly given: string }>(now, (latest, count) =>
    log.warn({ ...latest, count }, "the previous token was used; who uses it must take the new one"),
  );
  return (authorization, entrance) => {
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
    const identity = given === undefined ? undefined : tokens.identify(given);
    if (identity !== undefined) {
      if (tokens.shared.standing(identity.credential) === "previous")
        warnOfPrevious({ ...entrance, given: identity.credential });
      return { ...identity, ...entrance };
    }
    const mark = given === undefined ? "none" : fingerprint(given);
    const isReplaced = given !== undefined && tokens.shared.wasReplaced(given);
    const what = isReplaced ? "replaced token" : "unknown token";
    const reason = given === undefined ? "no token was given" : `${what} (fingerprint ${mark})`;
    audit.refused({ ...entrance, actor: "-", role: undefined, action: "authenticate", reason });
    warn({ ...entrance, given: mark });
    return { refused: isReplaced ? "replaced" : "unknown" };
  };
}

/** Waits before a refused token is answered, and resolves with whether it is answered at all. */
export type RefuseSlowly = (ip: string | undefined) => Promise<boolean>;

/** How long whoever tries tokens waits for each answer. */
export const LATE_MS = 1_000;

/** Slows down whoever tries one token after another, by `lateMs` an answer; right ones do not come here. */
export function slowRefusal(clock: Clock, limits: Limits, lateMs: number, signal: AbortSignal): RefuseSlowly {
  const wrong = new WrongTokens({ atOnce: limits.wrongTokensAtOnce, oneMoreMs: limits.wrongTokenEveryMs });
  return async (ip) => {
    const when = wrong.judge(ip, clock.monotonic());
    if (when !== "late") return when === "now";
    await sleep(lateMs, signal);
    wrong.answered(ip);
    return true;
  };
}
