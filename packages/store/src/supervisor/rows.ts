import type { RowStatements } from "./row-statements.ts";
import { mend, type RuledTable } from "./sound-rows.ts";
import type { Part, Tx } from "./tx.ts";
import type { WriterDatabase } from "./writer-database.ts";

/** The rows of one table in one transaction: each is read once, changed in memory as often as there are events, and written once. */
export class Rows<Row extends object> implements Part {
  readonly #statements: RowStatements<Row>;
  readonly #rules: RuledTable | undefined;
  readonly #stored = new Map<string, Row | undefined>();
  readonly #known = new Map<string, Row | undefined>();
  readonly #changed = new Set<string>();

  constructor(statements: RowStatements<Row>, rules: RuledTable | undefined) {
    this.#statements = statements;
    this.#rules = rules;
  }

  /** The row with this key as it is after all events so far. */
  get(...key: readonly string[]): Row | undefined {
    const name = nameOf(key);
    if (!this.#known.has(name)) {
      const row = this.#statements.read(key);
      // what is folded further is what can be shown
      const fit = row === undefined || this.#rules === undefined ? row : mend(this.#rules, row);
      this.#stored.set(name, fit);
      this.#known.set(name, fit);
    }
    return this.#known.get(name);
  }

  put(row: Row): void {
    const name = nameOf(this.#statements.keyOf(row));
    this.#known.set(name, row);
    this.#changed.add(name);
  }

  /** Those that were read or changed so far, and are not forgotten. */
  *here(): Iterable<Row> {
    for (const row of this.#known.values()) if (row !== undefined) yield row;
  }

  flush(): void {
    for (const name of this.#changed) {
      const row = this.#known.get(name);
      if (row === undefined) continue;
      this.#statements.write(row, this.#stored.get(name));
      this.#stored.set(name, row);
    }
    this.#changed.clear();
  }

  /** Reads them anew, once they are flushed: they were changed behind the transaction's back. */
  forget(): void {
    this.#stored.clear();
    this.#known.clear();
  }
}

/** Asked of a transaction, the rows of a table; `rules` names those that say which of them can be shown. */
export function rowsOf<Row extends object>(
  statements: (db: WriterDatabase) => RowStatements<Row>,
  rules?: RuledTable,
): (tx: Tx) => Rows<Row> {
  return ({ db }) => new Rows(statements(db), rules);
}

/** No two keys have one name, whatever stands in them. */
function nameOf(key: readonly string[]): string {
  return key.length === 1 ? (key[0] as string) : key.map((part) => `${part.length}:${part}`).join("");
}
