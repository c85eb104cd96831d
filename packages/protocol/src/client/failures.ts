import { HalError } from "../errors.ts";
import { entryOf } from "../text/entry-of.ts";

/** The supervisor cannot be reached, with the address and the reason. */
export function unreachable(url: string, error: unknown): HalError {
  return new HalError("unreachable", `cannot reach the supervisor at ${url}: ${reasonOf(error, url)}`, {
    cause: error,
  });
}

/** The token was refused; `says` is what the supervisor says of it. */
export function refusedToken(token: string, says?: string): HalError {
  return new HalError(
    "auth_required",
    token === ""
      ? "authentication failed: no token was given; use --auth-token or HALCTL_AUTH_TOKEN"
      : `authentication failed: the supervisor refused the token; check --auth-token or HALCTL_AUTH_TOKEN${says === undefined ? "" : ` (it says: ${says})`}`,
  );
}

/** What the codes of Node's network mean, in words that say what to look at. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused; is hal-supervisor running there?",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name is not known",
  EHOSTUNREACH: "there is no way to that host; is it up, and on this network?",
  ENETUNREACH: "there is no way to that network from here",
  ETIMEDOUT: "no answer; a firewall may be in between",
  UND_ERR_CONNECT_TIMEOUT: "no answer; a firewall may be in between",
};

/** A port that speaks something else hangs up, or answers what cannot be read. */
const ANOTHER_TONGUE = /^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET|HPE_\w+|ERR_SSL_\w+|EPROTO)$/;
const CUT = /^(?:socket hang up|other side closed)$/;
/** What libraries write for themselves and for nobody else. */
const RAW = /routines:|[\da-f]{8,}:error:|\bE[A-Z]{4,}\b/i;

function reasonOf(error: unknown, url: string): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0], url);
  // `fetch` says nothing but that it failed; the message of anybody else is meant for people
  if (error.message === "fetch failed" && error.cause instanceof Error) return reasonOf(error.cause, url);
  const { code = "" } = error as { readonly code?: string };
  const known = entryOf(REASONS, code);
  if (known !== undefined) return known;
  if (CUT.test(error.message) || ANOTHER_TONGUE.test(code)) return cutReason(url);
  if (error.message === "bad port")
    return "no web client speaks to that port; let the supervisor listen at another one";
  const message = error.message.trim().replaceAll(/\s+/g, " ");
  return message === "" || RAW.test(message) ? `the connection failed (${code === "" ? error.name : code})` : message;
}

function cutReason(url: string): string {
  return /^(?:wss|https):/i.test(url)
    ? "it was cut before it was encrypted; if that port has no TLS, write ws:// or http://"
    : "it was cut; if that port uses TLS, write wss:// or https://";
}
