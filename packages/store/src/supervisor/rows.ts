import type { RowStatements } from "./row-statements.ts";
import { mend, type RuledTable } from "./sound-rows.ts";
import type { Part, Tx } from "./tx.ts";
import type { WriterDatabase } from "./writer-database.ts";

/** A row as it is stored, and as it is after all events so far. */
interface Entry<Row> {
  stored: Row | undefined;
  row: Row | undefined;
}

/** The rows of one table in one transaction: each is read once, changed in memory as often as there are events, and written once. */
export class Rows<Row extends object> implements Part {
  readonly #statements: RowStatements<Row>;
  readonly #rules: RuledTable | undefined;
  readonly #entries = new Map<string, Entry<Row>>();
  readonly #changed = new Set<Entry<Row>>();
  #last: { readonly key: readonly string[]; readonly entry: Entry<Row> } | undefined;

  constructor(statements: RowStatements<Row>, rules: RuledTable | undefined) {
    this.#statements = statements;
    this.#rules = rules;
  }

  /** The row with this key as it is after all events so far. */
  get(...key: readonly string[]): Row | undefined {
    return this.#entryOf(key, true).row;
  }

  put(row: Row): void {
    const entry = this.#entryOf(this.#statements.keyOf(row), false);
    entry.row = row;
    this.#changed.add(entry);
  }

  /** Those that were read or changed so far, and are not forgotten. */
  *here(): Iterable<Row> {
    for (const { row } of this.#entries.values()) if (row !== undefined) yield row;
  }

  flush(): void {
    for (const entry of this.#changed) {
      if (entry.row === undefined) continue;
      this.#statements.write(entry.row, entry.stored);
      entry.stored = entry.row;
    }
    this.#changed.clear();
  }

  /** Reads them anew, once they are flushed: they were changed behind the transaction's back. */
  forget(): void {
    this.#entries.clear();
    this.#last = undefined;
  }

  /** A frame tells of one row many times over, so the last one is at hand. */
  #entryOf(key: readonly string[], isRead: boolean): Entry<Row> {
    if (this.#last !== undefined && isSame(this.#last.key, key)) return this.#last.entry;
    const name = nameOf(key);
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      const stored = isRead ? this.#read(key) : undefined;
      entry = { stored, row: stored };
      this.#entries.set(name, entry);
    }
    this.#last = { key, entry };
    return entry;
  }

  #read(key: readonly string[]): Row | undefined {
    const row = this.#statements.read(key);
    // what is folded further is what can be shown
    return row === undefined || this.#rules === undefined ? row : mend(this.#rules, row);
  }
}

/** Asked of a transaction, the rows of a table; `rules` names those that say which of them can be shown. */
export function rowsOf<Row extends object>(
  statements: (db: WriterDatabase) => RowStatements<Row>,
  rules?: RuledTable,
): (tx: Tx) => Rows<Row> {
  return ({ db }) => new Rows(statements(db), rules);
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.every((part, index) => part === other[index]);
}

/** No two keys have one name, whatever stands in them. */
function nameOf(key: readonly string[]): string {
  return key.length === 1 ? (key[0] as string) : key.map((part) => `${part.length}:${part}`).join("");
}
