import { type ErrorCode, errorBodyOf, httpErrorCode } from "@hal/protocol";
import { jsonText } from "@hal/protocol/text";
import type { Context as HonoContext } from "hono";

/** The HTTP status of each code. */
export const STATUS: Readonly<Record<ErrorCode, number>> = {
  bad_request: 400,
  auth_required: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  ambiguous: 409,
  conflict: 409,
  cancelled: 409,
  held: 409,
  over_budget: 409,
  interrupted: 409,
  agent_state_lost: 409,
  stale: 409,
  cursor_lost: 410,
  payload_too_large: 413,
  rate_limited: 429,
  internal: 500,
  opencode_error: 502,
  protocol_error: 502,
  unreachable: 502,
  node_offline: 503,
  opencode_unavailable: 503,
  project_unavailable: 503,
  unavailable: 503,
  expired: 504,
  timeout: 504,
};

/** What every failure is answered with, whatever was thrown. */
export function failure(c: HonoContext, error: unknown): Response {
  const body = errorBodyOf(error);
  const { code, message, details } = body;
  if (code === "auth_required") c.header("www-authenticate", 'Bearer realm="hal-o-swarm"');
  const answer = { error: message, code: httpErrorCode(body), ...(details === undefined ? {} : { details }) };
  return json(c, answer, STATUS[code]);
}

/** An answer in JSON, which says what others wrote in characters that no terminal obeys: people read answers with curl, too. */
export function json(c: HonoContext, value: unknown, status = 200): Response {
  return c.body(jsonText(value), status as 200, { "content-type": "application/json" });
}
