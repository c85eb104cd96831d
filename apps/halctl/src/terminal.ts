/** Where halctl writes, reads and learns of Ctrl-C; `main.ts` hands in the real one. */
export interface Terminal {
  readonly out: { write(text: string): unknown };
  readonly err: { write(text: string): unknown };
  readonly isTerminal: boolean;
  /** columns of the terminal; undefined where there is none */
  readonly columns: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** all of standard input; undefined where a person sits there */
  readInput(): Promise<string | undefined>;
  /** aborts at the first Ctrl-C */
  readonly interrupted: AbortSignal;
  now(): number;
}
