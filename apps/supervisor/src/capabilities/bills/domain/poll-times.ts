const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How the last try ended. */
export interface LastTry {
  readonly triedAt: number;
  /** why it failed; null where it did not */
  readonly code: string | null;
  /** tries in a row that failed */
  readonly failures: number;
  /** it wants to be left alone until then */
  readonly notBefore: number | null;
}

/** What does not come right by itself. */
const STUBBORN: readonly string[] = ["unauthorized", "forbidden"];

/**
 * When a provider is asked again: each interval; what fails for a while sooner and then later and later, up to an interval; what a person
 * has to put right not before an hour has passed; and never before it wants to be asked.
 */
export function nextPollAt({ triedAt, code, failures, notBefore }: LastTry, intervalMs: number): number {
  const isStubborn = STUBBORN.includes(code ?? "");
  const waitMs =
    code === null
      ? intervalMs
      : isStubborn
        ? Math.max(intervalMs, HOUR_MS)
        : Math.min(intervalMs, MINUTE_MS * 2 ** Math.min(Math.max(failures - 1, 0), 20));
  return Math.max(triedAt + waitMs, notBefore ?? 0);
}
