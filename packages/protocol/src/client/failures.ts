import { HalError } from "../errors.ts";

/** The supervisor cannot be reached, with the address and the reason. */
export function unreachable(url: string, error: unknown): HalError {
  const reason = reasonOf(error);
  // a port with TLS hangs up on whoever does not speak it
  const isCut = /^(socket hang up|other side closed)$/.test(reason) && /^(ws|http):/i.test(url);
  const hint = isCut ? "; if that port uses TLS, write wss:// or https://" : "";
  return new HalError("unreachable", `cannot reach the supervisor at ${url}: ${reason}${hint}`, { cause: error });
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

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const { code } = error as { readonly code?: unknown };
  if (code === "ECONNREFUSED") return "connection refused; is hal-supervisor running there?";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "the host name is not known";
  return error.message === "" ? (typeof code === "string" ? code : "unknown error") : error.message;
}
