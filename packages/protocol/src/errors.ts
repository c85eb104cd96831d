import * as v from "valibot";
import { LongText, Opaque } from "./bounds.ts";

/** Every code that a person, a script or a peer can meet. The list is closed; doors map it once. */
export const ERROR_CODES = [
  "bad_request",
  "auth_required",
  "forbidden",
  "not_found",
  "ambiguous",
  "conflict",
  "method_not_allowed",
  "payload_too_large",
  "rate_limited",
  "cursor_lost",
  "node_offline",
  "expired",
  "cancelled",
  "held",
  "over_budget",
  "interrupted",
  "agent_state_lost",
  "stale",
  "opencode_unavailable",
  "opencode_error",
  "project_unavailable",
  "timeout",
  "unreachable",
  "unavailable",
  "protocol_error",
  "internal",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** An error as it travels: a closed code, one sentence that says what to do next, optional details. */
export const ErrorBody = v.object({
  code: v.picklist(ERROR_CODES),
  message: LongText,
  details: v.optional(Opaque),
});
export type ErrorBody = v.InferOutput<typeof ErrorBody>;

/** The one error for people and peers. Anything else that is thrown is a bug and shown as `internal`. */
export class HalError extends Error {
  override readonly name = "HalError";
  readonly code: ErrorCode;
  readonly details: unknown;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
  }

  /** What may be told to the other side. */
  toBody(): ErrorBody {
    return this.details === undefined
      ? { code: this.code, message: this.message }
      : { code: this.code, message: this.message, details: this.details };
  }

  static fromBody(body: ErrorBody): HalError {
    return new HalError(body.code, body.message, { details: body.details });
  }
}

/** Names that the HTTP API had before there were codes. */
const HTTP_NAMES: Partial<Readonly<Record<ErrorCode, string>>> = {
  internal: "INTERNAL_ERROR",
  unavailable: "SERVICE_UNAVAILABLE",
};
const VALIDATION_ERROR = "VALIDATION_ERROR";

/** What stands as `code` in an HTTP answer; the list is closed. */
export const HTTP_ERROR_CODES: readonly string[] = [...ERROR_CODES.map(nameOf), VALIDATION_ERROR, "UPGRADE_REQUIRED"];

function nameOf(code: ErrorCode): string {
  return HTTP_NAMES[code] ?? code.toUpperCase();
}

/** The `code` of an HTTP answer; a request whose fields do not fit is told apart from one that cannot be read. */
export function httpErrorCode({ code, details }: ErrorBody): string {
  return code === "bad_request" && details !== undefined ? VALIDATION_ERROR : nameOf(code);
}

/** The code that an HTTP answer names; undefined where it is none of ours. */
export function errorCodeOfHttp(name: string): ErrorCode | undefined {
  return name === VALIDATION_ERROR ? "bad_request" : ERROR_CODES.find((code) => nameOf(code) === name);
}

/** The body for anything that was thrown; what is not a HalError reveals nothing but `internal`. */
export function errorBodyOf(error: unknown): ErrorBody {
  return error instanceof HalError
    ? error.toBody()
    : { code: "internal", message: "internal error; the supervisor's log has the details" };
}
