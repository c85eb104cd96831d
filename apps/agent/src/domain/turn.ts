import { Count, type EventData, Timestamp } from "@hal/protocol";
import * as v from "valibot";
import type { ToldStatus } from "./saved-session.ts";
import type { MessageInfo, OpencodeError } from "./sync-row.ts";

/** What opencode says a session does. */
export type OpencodeStatus =
  | { readonly type: "busy" | "idle" }
  | { readonly type: "retry"; readonly attempt: number; readonly message: string; readonly next?: number | undefined };

/** What is told of a turn that its provider made opencode wait with. */
export function retryData(retry: Extract<OpencodeStatus, { type: "retry" }>): EventData<"session.retrying"> {
  const attempt = v.is(Count, retry.attempt) ? retry.attempt : 0;
  const nextAt = Math.round(retry.next ?? Number.NaN);
  return { attempt, message: retry.message.slice(0, 500), ...(v.is(Timestamp, nextAt) ? { nextAt } : {}) };
}

/** What is told of a turn that its opencode did not live to end. */
export const INTERRUPTED: OpencodeError = {
  name: "InterruptedError",
  data: { message: "opencode ended in the middle of this turn; send the prompt again to go on" },
};

/** A prompt waits for its answer, an answer for its end, and one that ended with tool calls for what follows them. */
export function isTurnOpen(info: MessageInfo): boolean {
  if (info.role === "user") return true;
  return info.error === undefined && (info.time.completed === undefined || info.finish === "tool-calls");
}

/** Whether a session that was told to be so has a turn under way. */
export function isAtWork(status: ToldStatus | undefined): boolean {
  return status === "busy" || status === "retrying" || status === "waiting";
}
