/** What every fuzzer is told. */
export interface FuzzOptions {
  /** path of the program */
  readonly opencode: string;
  readonly seed: number;
  readonly durationMs: number;
  readonly say: (line: string) => void;
}

/** What a fuzzer did and found. */
export interface FuzzReport {
  /** how many hostile things were said, by kind */
  readonly said: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}
