/** Where halctl writes, reads and learns of Ctrl-C; `main.ts` hands in the real one. */
export interface Terminal {
  readonly out: { write(text: string): unknown };
  readonly err: { write(text: string): unknown };
  readonly isTerminal: boolean;
  /** size of the terminal now; undefined where there is none */
  readonly columns: number | undefined;
  readonly rows: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** all of standard input; undefined where a person sits there */
  readInput(): Promise<string | undefined>;
  /** whether a person sits at standard input */
  readonly isInputTerminal: boolean;
  /** standard input line by line, as it comes, until `signal` aborts */
  lines(signal: AbortSignal): AsyncIterable<string>;
  /** aborts at the first Ctrl-C */
  readonly interrupted: AbortSignal;
  now(): number;
}
