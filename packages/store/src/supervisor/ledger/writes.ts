import type { EventData } from "@hal/protocol";
import type { Sqlite } from "../../sqlite.ts";
import type { MessageRow } from "../sessions/schema.ts";
import { readFirstOpenDay } from "./prune-spent.ts";
import { dayOf } from "./questions.ts";

/** What one message adds to its day. */
interface Share {
  readonly day: number;
  readonly project: string;
  readonly model: string;
  readonly costMicroUsd: number;
  readonly tokens: number;
}

type Key = [sessionId: string, id: string];

/** Keeps the sums by day in the transaction that makes a message what it is. */
export class SpentWrites {
  readonly #before;
  readonly #keep;
  readonly #add;
  readonly #noteDay;
  readonly #firstOpenDay: () => number;

  constructor({ driver }: Sqlite) {
    this.#firstOpenDay = readFirstOpenDay({ driver });
    this.#before = driver.prepare<Key, Share>(
      `select day, project, model, cost_micro_usd as costMicroUsd, tokens from spent_messages where session_id = ? and id = ?`,
    );
    this.#keep = driver.prepare<[...Key, number, string, string, number, number]>(
      `insert into spent_messages (session_id, id, day, project, model, cost_micro_usd, tokens) values (?, ?, ?, ?, ?, ?, ?)
       on conflict (session_id, id) do update set day = excluded.day, project = excluded.project, model = excluded.model,
         cost_micro_usd = excluded.cost_micro_usd, tokens = excluded.tokens`,
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

  /** What of a message's cost is counted already, whoever told of it, in micro-dollars; of a day that is closed all of it. */
  countedOf({ sessionId, id, createdAt, costMicroUsd }: MessageRow): number {
    const isClosed = dayOf(createdAt) < this.#firstOpenDay();
    return this.#before.get(sessionId, id)?.costMicroUsd ?? (isClosed ? costMicroUsd : 0);
  }

  /** Counts a message once: what it was told to cost earlier, by whichever node, is taken back. */
  note(row: MessageRow, project: string): void {
    const { nodeId, sessionId, id, role, copied } = row;
    if (role !== "assistant") return;
    const share: Share = {
      day: dayOf(row.createdAt),
      project,
      model: (row.data as EventData<"session.message">).model ?? "",
      costMicroUsd: copied ? 0 : row.costMicroUsd,
      tokens: copied ? 0 : row.tokensTotal,
    };
    const before = this.#before.get(sessionId, id);
    if (before === undefined && (isNothing(share) || share.day < this.#firstOpenDay())) return;
    if (before !== undefined) this.#put(before, -1);
    this.#put(share, 1);
    this.#keep.run(sessionId, id, share.day, project, share.model, share.costMicroUsd, share.tokens);
    if (!isNothing(share)) this.#noteDay.run(nodeId, sessionId, share.day);
  }

  #put(share: Share, sign: 1 | -1): void {
    if (isNothing(share)) return;
    const { day, project, model, costMicroUsd, tokens } = share;
    this.#add.run(day, project, model, sign * costMicroUsd, sign * tokens);
  }
}

function isNothing({ costMicroUsd, tokens }: Share): boolean {
  return costMicroUsd === 0 && tokens === 0;
}

/** A sum that grows without end stays a number that can be read: SQLite makes of one that is too great a fraction. */
function within(sum: string): string {
  return `cast(max(${Number.MIN_SAFE_INTEGER}, min(${Number.MAX_SAFE_INTEGER}, ${sum})) as integer)`;
}
