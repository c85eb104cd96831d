import { DeliveryError } from "../channel.ts";

/** What the client library throws, by its fields: its classes are not loaded for this. */
interface SlackThrown {
  readonly code?: string;
  readonly message?: string;
  readonly data?: { readonly error?: string; readonly needed?: string; readonly errors?: readonly string[] };
  readonly statusCode?: number;
  readonly retryAfter?: number;
  readonly original?: Error & { readonly cause?: unknown };
}

const TOKEN_ERRORS = ["invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"];
const FORBIDDEN = [
  "restricted_action",
  "restricted_action_read_only_channel",
  "restricted_action_thread_only_channel",
  "no_permission",
  "org_login_required",
  "ekm_access_denied",
  "team_access_not_granted",
  "access_denied",
  "messages_tab_disabled",
];
const UNWELL = ["internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"];
/** With these nothing was sent. */
const UNREACHED = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"];

/** Why something could not be done at Slack, as a queue and people understand it. */
export function slackFailure(thrown: unknown, place: string): DeliveryError {
  const error = thrown as SlackThrown;
  switch (error.code) {
    case "slack_webapi_rate_limited_error":
      return again("Slack wants fewer messages for a while", thrown, { retryAfterMs: (error.retryAfter ?? 1) * 1_000 });
    case "slack_webapi_platform_error":
      return refusedByName(error.data ?? {}, place, thrown);
    case "slack_webapi_http_error":
      return again(`Slack answered ${String(error.statusCode)}`, thrown, {
        isUncertain: (error.statusCode ?? 0) >= 500,
      });
    case "slack_webapi_request_error":
      return unreached(error.original, thrown);
    default:
      return again(`Slack could not be asked: ${error.message ?? String(thrown)}`, thrown, { isUncertain: true });
  }
}

/** The name by which Slack refuses, where it does. */
export function slackErrorOf(thrown: unknown): string | undefined {
  return (thrown as SlackThrown).data?.error;
}

function again(
  message: string,
  cause: unknown,
  more: { readonly retryAfterMs?: number; readonly isUncertain?: boolean },
): DeliveryError {
  return new DeliveryError("again", message, { cause, ...more });
}

function refusedByName(
  { error = "", needed = "", errors = [] }: NonNullable<SlackThrown["data"]>,
  place: string,
  cause: unknown,
): DeliveryError {
  if (error === "message_not_found") return new DeliveryError("gone", "that message is there no more", { cause });
  if (error === "thread_not_found")
    return new DeliveryError("gone", "the message of that thread is there no more", { cause });
  if (error === "ratelimited" || error === "rate_limited")
    return again("Slack wants fewer messages for a while", cause, {});
  if (UNWELL.includes(error)) return again(`Slack is unwell: ${error}`, cause, { isUncertain: true });
  const remedy = slackRemedy(error, place, needed);
  if (remedy !== undefined) return new DeliveryError("stopped", remedy, { cause });
  const why = errors.length === 0 ? "" : `: ${errors.slice(0, 3).join("; ")}`;
  return new DeliveryError("refused", `Slack refuses this message (${error}${why})`, { cause });
}

/** What a person does about it; undefined where a person's doing does not help. */
export function slackRemedy(error: string, place: string, needed = ""): string | undefined {
  if (TOKEN_ERRORS.includes(error))
    return `Slack refuses the bot token (${error}): copy the one that begins with xoxb- from OAuth & Permissions of the app`;
  if (error === "not_allowed_token_type")
    return "that token is not the bot's: copy the one that begins with xoxb- from OAuth & Permissions of the app";
  if (error === "missing_scope")
    return `the app is not allowed ${needed.replaceAll(",", " or ")}: add it under OAuth & Permissions and install the app again`;
  if (error === "channel_not_found")
    return `Slack knows no channel ${place}: copy the id from the channel's details; a private one has to be told /invite and the app's name first`;
  if (error === "not_in_channel") return `the app is not in channel ${place}: type /invite and its name there`;
  if (error === "is_archived") return `channel ${place} is archived: unarchive it, or name another one`;
  if (FORBIDDEN.includes(error))
    return `Slack lets the app not write to channel ${place} (${error}): ask an admin of the workspace`;
  return undefined;
}

function unreached(original: SlackThrown["original"], cause: unknown): DeliveryError {
  const deep = original?.cause as { readonly code?: string; readonly message?: string } | undefined;
  if (original?.name === "TimeoutError") return again("Slack did not answer in time", cause, { isUncertain: true });
  const why = deep?.code ?? deep?.message ?? original?.message ?? "no answer";
  return again(`Slack could not be reached: ${why}`, cause, { isUncertain: !UNREACHED.includes(deep?.code ?? "") });
}
