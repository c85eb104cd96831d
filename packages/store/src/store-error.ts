/** A database that cannot be used, in one sentence that says what to do. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  /** SQLite's name for the problem, such as `SQLITE_FULL`, where it is SQLite's */
  readonly code: string | undefined;

  constructor(message: string, options: { readonly cause?: unknown; readonly code?: string | undefined } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
  }
}
