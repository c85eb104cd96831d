/** What every fuzzer is told. */
export interface FuzzOptions {
  /** path of the program */
  readonly opencode: string;
  readonly seed: number;
  readonly durationMs: number;
  readonly say: (line: string) => void;
  /** looks at some of what can be looked at, not at all of it */
  readonly isBrief: boolean;
}

/** What a fuzzer did and found. */
export interface FuzzReport {
  /** how many hostile things were said, by kind */
  readonly said: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}
