import { fingerprint, type Logger } from "@hal/daemon";
import type { Audit } from "./flows/audit.ts";
import type { Actor } from "./flows/dispatch.ts";
import type { TokenBook } from "./flows/token-book.ts";

/** By which door somebody comes, and from where. */
export interface Entrance {
  readonly surface: Actor["surface"];
  readonly ip: string | undefined;
}

/** Who a bearer token belongs to; undefined where it belongs to nobody. */
export type Authenticate = (authorization: string | undefined, entrance: Entrance) => Actor | undefined;

/** At most one line a second about refused tokens, whatever comes. */
const LOG_EVERY_MS = 1_000;

/**
 * Judges tokens. A right one is never refused, however many wrong ones come; of those there is a line a second in the
 * log, and the audit counts them.
 */
export function authenticator(
  tokens: TokenBook,
  { audit, log, wanted, now }: { audit: Audit; log: Logger; wanted: string; now: () => number },
): Authenticate {
  let loggedAt = Number.NEGATIVE_INFINITY;
  let unlogged = 0;
  return (authorization, entrance) => {
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
    const identity = given === undefined ? undefined : tokens.identify(given);
    if (identity !== undefined) return { ...identity, ...entrance };
    const mark = given === undefined ? "none" : fingerprint(given);
    const reason = given === undefined ? "no token was given" : `unknown token (fingerprint ${mark})`;
    audit.refused({ ...entrance, actor: "-", role: undefined, action: "authenticate", reason });
    unlogged += 1;
    if (now() - loggedAt >= LOG_EVERY_MS) {
      log.warn(
        { ...entrance, given: mark, wanted: fingerprint(wanted), count: unlogged },
        "token refused (fingerprints)",
      );
      loggedAt = now();
      unlogged = 0;
    }
    return undefined;
  };
}
