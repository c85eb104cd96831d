import type { EventData } from "@hal/protocol";
import type { Sqlite } from "../sqlite.ts";
import type { MessageRow } from "./rows.ts";
import { dayOf } from "./spent.ts";

/** What one message adds to its day. */
interface Share {
  readonly day: number;
  readonly model: string;
  readonly costMicroUsd: number;
  readonly tokens: number;
}

type Key = [nodeId: string, sessionId: string, id: string];

/** Keeps the sums by day in the transaction that makes a message what it is. */
export class SpentWrites {
  readonly #before;
  readonly #add;
  readonly #noteDay;

  constructor({ driver }: Sqlite) {
    this.#before = driver.prepare<Key, { createdAt: number; model: string | null; cost: number; tokens: number }>(
      `select created_at as createdAt, data ->> 'model' as model, cost_micro_usd as cost, tokens_total as tokens
       from messages where node_id = ? and session_id = ? and id = ? and role = 'assistant' and not copied`,
    );
    this.#add = driver.prepare<[number, string, string, number, number]>(
      `insert into spent_days (day, project, model, cost_micro_usd, tokens) values (?, ?, ?, ?, ?)
       on conflict (day, project, model) do update
       set cost_micro_usd = ${within("cost_micro_usd + excluded.cost_micro_usd")}, tokens = ${within("tokens + excluded.tokens")}`,
    );
    this.#noteDay = driver.prepare<[string, string, number]>(
      `insert into spent_sessions (node_id, session_id, day) values (?, ?, ?)
       on conflict (node_id, session_id) do update set day = excluded.day where day < excluded.day`,
    );
  }

  /** To be called before the message is written: what it was told to cost earlier is taken back. */
  note(row: MessageRow, project: string): void {
    const { nodeId, sessionId, id, role } = row;
    if (role !== "assistant") return;
    const before = this.#before.get(nodeId, sessionId, id);
    if (before !== undefined)
      this.#put(project, {
        day: dayOf(before.createdAt),
        model: before.model ?? "",
        costMicroUsd: -before.cost,
        tokens: -before.tokens,
      });
    if (row.copied) return;
    const share: Share = {
      day: dayOf(row.createdAt),
      model: (row.data as EventData<"session.message">).model ?? "",
      costMicroUsd: row.costMicroUsd,
      tokens: row.tokensTotal,
    };
    if (this.#put(project, share)) this.#noteDay.run(nodeId, sessionId, share.day);
  }

  /** False where there is nothing to add. */
  #put(project: string, { day, model, costMicroUsd, tokens }: Share): boolean {
    if (costMicroUsd === 0 && tokens === 0) return false;
    this.#add.run(day, project, model, costMicroUsd, tokens);
    return true;
  }
}

/** A sum that grows without end stays a number that can be read: SQLite makes of one that is too great a fraction. */
function within(sum: string): string {
  return `cast(max(${Number.MIN_SAFE_INTEGER}, min(${Number.MAX_SAFE_INTEGER}, ${sum})) as integer)`;
}
