import { HalError, type InteractionView, type MessageView } from "@hal/protocol";

/** What of a conversation can be asked for alone. */
export const LOG_KINDS = ["errors", "tools", "permissions"] as const;
export type LogKind = (typeof LOG_KINDS)[number];

/** Something in a conversation. */
export type LogEntry = MessageView | InteractionView;

/** The kinds that were typed, with commas or one by one. */
export function logKinds(typed: readonly string[]): readonly LogKind[] {
  const words = typed.flatMap((one) => one.split(",")).filter(Boolean);
  for (const word of words) {
    if (!(LOG_KINDS as readonly string[]).includes(word))
      throw new HalError("bad_request", `--filter cannot be "${word}"; it is one or more of ${LOG_KINDS.join(", ")}`);
  }
  return words as LogKind[];
}

/** Whether a message is of one of these kinds; every one is where none was asked for. */
export function isOfKind({ error, state, tools }: MessageView, kinds: readonly LogKind[]): boolean {
  if (kinds.length === 0) return true;
  const hasFailed = error !== null || state === "error" || tools.some(({ status }) => status === "error");
  return (kinds.includes("errors") && hasFailed) || (kinds.includes("tools") && tools.length > 0);
}

/** Messages and what was asked of people, in the order in which they came. */
export function inOrder(messages: readonly MessageView[], asked: readonly InteractionView[]): readonly LogEntry[] {
  return [...messages, ...asked].toSorted((one, other) => timeOf(one) - timeOf(other));
}

/** Whether it came at that time or later. */
export function isSince(entry: LogEntry, since: string | undefined): boolean {
  return since === undefined || timeOf(entry) >= Date.parse(since);
}

export function isAsked(entry: LogEntry): entry is InteractionView {
  return "asked_at" in entry;
}

function timeOf(entry: LogEntry): number {
  return Date.parse(isAsked(entry) ? entry.asked_at : entry.created_at);
}
