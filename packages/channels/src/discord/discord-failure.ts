import { DeliveryError } from "../channel.ts";

/** What the client library throws, by its fields: its classes are not loaded for this. */
interface DiscordThrown {
  readonly name?: string;
  readonly message?: string;
  /** Discord's own, or the system's */
  readonly code?: number | string;
  readonly status?: number;
  readonly retryAfter?: number;
  readonly cause?: { readonly code?: string; readonly message?: string };
  readonly rawError?: unknown;
}

/** With these nothing was sent. */
const UNREACHED = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"];
const GONE: Readonly<Record<number, string>> = {
  10008: "that message is there no more",
  10015: "Discord lets that be answered no more",
  10062: "Discord lets that be answered no more",
  50027: "Discord lets that be answered no more: a quarter of an hour is over",
};

/** Why something could not be done at Discord, as a queue and people understand it. */
export function discordFailure(thrown: unknown, place: string): DeliveryError {
  const error = thrown as DiscordThrown;
  if (typeof error.retryAfter === "number")
    return new DeliveryError("again", "Discord wants fewer messages for a while", {
      cause: thrown,
      retryAfterMs: Math.max(error.retryAfter, 0),
    });
  if (typeof error.status === "number") return refused(error, error.status, place, thrown);
  const code = String(error.cause?.code ?? error.code ?? "");
  if (error.name === "AbortError")
    return new DeliveryError("again", "Discord did not answer in time", { cause: thrown, isUncertain: true });
  const why = code === "" ? (error.cause?.message ?? error.message ?? "no answer") : code;
  return new DeliveryError("again", `Discord could not be reached: ${why}`.replaceAll(/\s+/g, " "), {
    cause: thrown,
    isUncertain: !UNREACHED.includes(code),
  });
}

/** The code by which Discord refuses, where it does. */
export function discordCodeOf(thrown: unknown): number | undefined {
  const { code } = thrown as DiscordThrown;
  return typeof code === "number" ? code : undefined;
}

function refused(error: DiscordThrown, status: number, place: string, cause: unknown): DeliveryError {
  if (status >= 500) return new DeliveryError("again", `Discord answered ${status}`, { cause, isUncertain: true });
  if (status === 429) return new DeliveryError("again", "Discord wants fewer messages for a while", { cause });
  const code = typeof error.code === "number" ? error.code : 0;
  const gone = GONE[code];
  if (gone !== undefined) return new DeliveryError("gone", gone, { cause });
  const remedy = discordRemedy(status, code, place);
  if (remedy !== undefined) return new DeliveryError("stopped", remedy, { cause });
  const why = (error.message ?? "").replaceAll(/\s+/g, " ").slice(0, 300);
  return new DeliveryError("refused", `Discord refuses this message (${code}: ${why})`, { cause });
}

/** What a person does about it; undefined where a person's doing does not help. */
export function discordRemedy(status: number, code: number, place: string): string | undefined {
  if (status === 401) return BAD_TOKEN;
  if (code === 10003)
    return `Discord knows no channel ${place}: turn on Developer Mode, and copy the id by a right click on the channel`;
  if (code === 10004) return "Discord knows no server by that id: copy it by a right click on the server";
  if (code === 50001) return `the app does not see channel ${place}: invite it, and give it View Channel there`;
  if (code === 50013)
    return `the app may not write to channel ${place}: give its role Send Messages and Create Public Threads there`;
  if (code === 160005) return "that thread is locked: unlock it, or name another channel";
  // somebody else's message: the channel is not to blame
  if (code === 50005) return undefined;
  if (status === 403) return `Discord lets the app not write to channel ${place} (${code}): ask who manages the server`;
  return undefined;
}

export const BAD_TOKEN =
  "Discord refuses the bot token: copy it anew from Bot, Reset Token, of the app in the Developer Portal";
