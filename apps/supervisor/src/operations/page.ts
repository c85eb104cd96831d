/** A page of a list, and the cursor of the next one where there is more. */
export class Page<Row> {
  readonly rows: readonly Row[];
  readonly next: string | undefined;

  constructor(rows: readonly Row[], next: string | undefined) {
    this.rows = rows;
    this.next = next;
  }

  /** The first `limit` of rows of which one more was read than that. */
  static of<Row>(rows: readonly Row[], limit: number, cursorOf: (last: Row) => string): Page<Row> {
    const last = rows[limit - 1];
    const hasMore = rows.length > limit && last !== undefined;
    return new Page(rows.slice(0, limit), hasMore ? cursorOf(last) : undefined);
  }

  map<Other>(change: (row: Row) => Other): Page<Other> {
    return new Page(this.rows.map(change), this.next);
  }
}
