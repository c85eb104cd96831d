import { prepared } from "../../prepared.ts";
import type { WriterDatabase } from "../writer-database.ts";
import type { spentAccounts } from "./schema.ts";

/** What messages are counted under. */
export type Account = Omit<typeof spentAccounts.$inferSelect, "id" | "lastSlot">;

/** The accounts that one transaction has to do with; what it makes it makes at once. */
export class Accounts {
  readonly #statements;
  readonly #ids = new Map<string, number>();
  readonly #known = new Map<number, Account>();

  constructor(db: WriterDatabase) {
    this.#statements = statements(db);
  }

  /** The number of an account, which is opened where there is none. Of one that there is the root stays. */
  idOf(account: Account): number {
    const { sessionId, rootId, nodeId, project, model, actor, kind } = account;
    const key: Key = [sessionId, nodeId, project, model, actor, kind];
    const name = JSON.stringify(key);
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const id = this.#statements.find.get(...key) ?? Number(this.#statements.open.run(rootId, ...key).lastInsertRowid);
    this.#ids.set(name, id);
    return id;
  }

  /** Something was spent there in a quarter of an hour. */
  noteSlot(id: number, slot: number): void {
    this.#statements.noteSlot.run(slot, id, slot);
  }

  get(id: number): Account | undefined {
    const known = this.#known.get(id) ?? this.#statements.get.get(id);
    if (known !== undefined) this.#known.set(id, known);
    return known;
  }

  /** A session turned out to be below another one. Says whether anything was counted of it, or below it. */
  move(from: string, to: string): boolean {
    const { changes } = this.#statements.move.run(to, from);
    if (changes > 0) this.#known.clear();
    return changes > 0;
  }
}

type Key = [string, string, string, string, string, string];

const statements = prepared(({ sqlite: { driver } }: WriterDatabase) => ({
  find: driver
    .prepare<Key, number>(
      `select id from spent_accounts
       where session_id = ? and node_id = ? and project = ? and model = ? and actor = ? and kind = ?`,
    )
    .pluck(),
  open: driver.prepare<[string, ...Key]>(
    `insert into spent_accounts (root_id, session_id, node_id, project, model, actor, kind, last_slot)
     values (?, ?, ?, ?, ?, ?, ?, 0)`,
  ),
  get: driver.prepare<[number], Account>(
    `select session_id as sessionId, root_id as rootId, node_id as nodeId, project, model, actor, kind
     from spent_accounts where id = ?`,
  ),
  noteSlot: driver.prepare<[number, number, number]>(
    "update spent_accounts set last_slot = ? where id = ? and last_slot < ?",
  ),
  move: driver.prepare<[string, string]>("update spent_accounts set root_id = ? where root_id = ?"),
}));
