/** A database that cannot be used, in one sentence that says what to do. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}
