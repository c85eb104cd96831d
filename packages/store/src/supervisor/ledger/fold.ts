import { type EventData, NO_TOKENS, totalTokens } from "@hal/protocol";
import { prepared } from "../../prepared.ts";
import { foldOf } from "../fold.ts";
import { rowStatements } from "../row-statements.ts";
import { rowsOf } from "../rows.ts";
import { sessionRows } from "../sessions/rows.ts";
import type { Part, Tx } from "../tx.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { readFirstOpenDay } from "./prune-spent.ts";
import { dayOf } from "./questions.ts";
import { spentMessages } from "./schema.ts";

/** What one message adds to its day. */
type Share = typeof spentMessages.$inferSelect;

/** By session and message, whichever node tells of it. */
const shareRows = rowsOf(rowStatements<Share>(spentMessages, [spentMessages.sessionId, spentMessages.id]));

/** What the assistant's messages cost: each counts once, and what it was told to cost earlier, by whichever node, is taken back. */
export const ledgerFold = foldOf({
  name: "ledger",
  events: ["session.message"],
  fold(tx, { event }) {
    const { session: sessionId, data } = event;
    if (sessionId === undefined || data.role !== "assistant") return;
    const project = tx.of(sessionRows).get(tx.nodeId, sessionId)?.project ?? "";
    tx.of(ledger).put(shareOf(sessionId, project, data));
  },
  told: (tx) => ({ spentMicroUsd: tx.of(ledger).spentMicroUsd }),
});

function shareOf(sessionId: string, project: string, data: EventData<"session.message">): Share {
  const { messageId: id, createdAt, model, copied, costMicroUsd, tokens = NO_TOKENS } = data;
  return {
    sessionId,
    id,
    day: dayOf(createdAt),
    project,
    model: model ?? "",
    // a fork's copies were paid for elsewhere
    costMicroUsd: copied ? 0 : costMicroUsd,
    tokens: copied ? 0 : totalTokens(tokens),
  };
}

const ledger = (tx: Tx): Ledger => new Ledger(tx);

/** The sums by day, and the figure of the metric, of what one frame tells. */
class Ledger implements Part {
  readonly #tx: Tx;
  readonly #shares;
  readonly #days = new Map<string, Pick<Share, "day" | "project" | "model" | "costMicroUsd" | "tokens">>();
  readonly #lastDays = new Map<string, number>();
  #spentMicroUsd = 0;
  #knownOpenFrom: number | undefined;

  constructor(tx: Tx) {
    this.#tx = tx;
    this.#shares = tx.of(shareRows);
  }

  /** By how much messages are dearer than what was known of them. */
  get spentMicroUsd(): number {
    return this.#spentMicroUsd;
  }

  put(share: Share): void {
    const { sessionId, id, day, costMicroUsd } = share;
    const before = this.#shares.get(sessionId, id);
    if (before === undefined && (isNothing(share) || day < this.#openFrom)) return;
    if (before !== undefined) this.#add(before, -1);
    this.#add(share, 1);
    this.#shares.put(share);
    this.#spentMicroUsd += Math.max(0, costMicroUsd - (before?.costMicroUsd ?? 0));
    if (!isNothing(share)) this.#lastDays.set(sessionId, Math.max(day, this.#lastDays.get(sessionId) ?? day));
  }

  /** What a message of a day before it cost is counted already. */
  get #openFrom(): number {
    return (this.#knownOpenFrom ??= firstOpenDay(this.#tx.db)());
  }

  flush(): void {
    const { addToDay, recordDay } = statements(this.#tx.db);
    for (const { day, project, model, costMicroUsd, tokens } of this.#days.values())
      addToDay.run(day, project, model, costMicroUsd, tokens);
    for (const [sessionId, day] of this.#lastDays) recordDay.run(this.#tx.nodeId, sessionId, day);
    this.#days.clear();
    this.#lastDays.clear();
  }

  #add(share: Share, sign: 1 | -1): void {
    if (isNothing(share)) return;
    const { day, project, model, costMicroUsd, tokens } = share;
    const key = JSON.stringify([day, project, model]);
    const sum = this.#days.get(key) ?? { day, project, model, costMicroUsd: 0, tokens: 0 };
    this.#days.set(key, {
      ...sum,
      costMicroUsd: sum.costMicroUsd + sign * costMicroUsd,
      tokens: sum.tokens + sign * tokens,
    });
  }
}

function isNothing({ costMicroUsd, tokens }: Share): boolean {
  return costMicroUsd === 0 && tokens === 0;
}

const firstOpenDay = prepared(({ sqlite }: WriterDatabase) => readFirstOpenDay(sqlite));

const statements = prepared(({ sqlite: { driver } }: WriterDatabase) => ({
  addToDay: driver.prepare<[number, string, string, number, number]>(
    `insert into spent_days (day, project, model, cost_micro_usd, tokens) values (?, ?, ?, ?, ?)
     on conflict (day, project, model) do update
     set cost_micro_usd = ${within("cost_micro_usd + excluded.cost_micro_usd")}, tokens = ${within("tokens + excluded.tokens")}`,
  ),
  recordDay: driver.prepare<[string, string, number]>(
    `insert into spent_sessions (node_id, session_id, day) values (?, ?, ?)
     on conflict (node_id, session_id) do update set day = excluded.day where day < excluded.day`,
  ),
}));

/** A sum that grows without end stays a number that can be read: SQLite makes of one that is too great a fraction. */
function within(sum: string): string {
  return `cast(max(${Number.MIN_SAFE_INTEGER}, min(${Number.MAX_SAFE_INTEGER}, ${sum})) as integer)`;
}
