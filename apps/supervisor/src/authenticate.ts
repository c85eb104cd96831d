import { fingerprint, type Logger, sameSecret } from "@hal/daemon";
import type { Actor } from "./flows/dispatch.ts";

/** Who a bearer token belongs to; undefined where it belongs to nobody. */
export type Authenticate = (authorization: string | undefined, remote: string) => Actor | undefined;

/** At most one line a second about refused tokens, whatever comes. */
const LOG_EVERY_MS = 1_000;

/** The guide's one shared token: it may do everything. */
export function sharedToken(token: string, log: Logger, now: () => number): Authenticate {
  let loggedAt = Number.NEGATIVE_INFINITY;
  let unlogged = 0;
  return (authorization, remote) => {
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
    if (given !== undefined && sameSecret(given, token)) return { actor: "shared-token", role: "admin" };
    unlogged += 1;
    if (now() - loggedAt >= LOG_EVERY_MS) {
      log.warn(
        {
          remote,
          given: given === undefined ? "none" : fingerprint(given),
          wanted: fingerprint(token),
          count: unlogged,
        },
        "token refused (fingerprints)",
      );
      loggedAt = now();
      unlogged = 0;
    }
    return undefined;
  };
}
