/** What a service said to an answer, or why it could not be asked. */
export type Outcome =
  | { readonly kind: "written" }
  | { readonly kind: "refused"; readonly status: number; readonly waitMs: number | undefined; readonly text: string }
  | { readonly kind: "failed"; readonly reason: string };

/** What becomes of an answer. */
export type AfterAnswer =
  | { readonly kind: "written"; readonly reason: string }
  | { readonly kind: "stopped"; readonly reason: string }
  | { readonly kind: "again"; readonly reason: string; readonly dueAt: number; readonly pauses: boolean };

const FIRST_MS = 5_000;
const LONGEST_MS = 30 * 60_000;
const MOST_WAIT_MS = 3_600_000;
/** So long it is tried, since the first time. */
const MOST_TRIES = 60;

const ADVICE: Readonly<Record<number, string>> = {
  401: "the token is wrong or has expired: give it a new one",
  403: "the token may not write there: give it that right",
  404: "there is no such thing, or the token does not see it: give it the right to read and write there",
  410: "what it belongs to was deleted",
  422: "it does not take what was written",
};

/** Judges what a service said. Where it has had enough, everything waits that is for it. Pure. */
export function afterAnswer(outcome: Outcome, tries: number, now: number): AfterAnswer {
  if (outcome.kind === "written") return { kind: "written", reason: "it was written" };
  if (outcome.kind === "failed") return again(outcome.reason, tries, now);
  const { status, waitMs, text } = outcome;
  const said = `the service answered ${status}${text === "" ? "" : ` (${text})`}`;
  if (waitMs !== undefined)
    return {
      kind: "again",
      reason: `${said}: it has had enough for now`,
      dueAt: now + Math.min(waitMs, MOST_WAIT_MS),
      pauses: true,
    };
  if (status >= 500 || status === 429 || status === 408) return again(said, tries, now);
  return { kind: "stopped", reason: `${said}: ${ADVICE[status] ?? "it will not take it"}` };
}

function again(reason: string, tries: number, now: number): AfterAnswer {
  if (tries >= MOST_TRIES) return { kind: "stopped", reason: `it was tried ${tries} times: ${reason}` };
  return {
    kind: "again",
    reason,
    dueAt: now + Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries, 20)),
    pauses: false,
  };
}
