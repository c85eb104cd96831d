/** A message of a session, as far as answers go by it. */
export interface SaidMessage {
  readonly eventId: number;
  readonly role: string;
  readonly parentId: string | undefined;
  readonly text: string;
  readonly error: string | undefined;
}

/** That a session came to rest, was ended, or failed. */
export interface Rest {
  readonly eventId: number;
  readonly type: "session.idle" | "session.error" | "session.ended";
  /** why it failed; empty where it did not */
  readonly problem: string;
}

/** What a session answered to a prompt, and whether it came to a good end. */
export interface SessionAnswer {
  readonly text: string;
  readonly isGood: boolean;
}

/**
 * What a session has answered when it comes to rest: the last thing that it said to the prompt, `message`, or in all where a
 * restart put another session in its place. Undefined where it rests behind something that came before. Pure.
 */
export function sessionAnswer(
  said: readonly SaidMessage[],
  { eventId, type, problem }: Rest,
  message: string | undefined,
): SessionAnswer | undefined {
  const answers = said.filter(
    (one) => one.role === "assistant" && one.eventId < eventId && (message === undefined || one.parentId === message),
  );
  const last = answers.at(-1);
  const text = answers.findLast((one) => one.text.trim() !== "")?.text ?? "";
  switch (type) {
    case "session.idle":
      if (last === undefined) return undefined;
      return last.error === undefined ? { text, isGood: true } : { text: text || last.error, isGood: false };
    case "session.error":
      return { text: problem === "" ? text : `${text}\n\n${problem}`.trim(), isGood: false };
    case "session.ended":
      return {
        text: text === "" ? "The session was ended before it answered." : text,
        isGood: last !== undefined && last.error === undefined,
      };
    default:
      return type satisfies never;
  }
}
