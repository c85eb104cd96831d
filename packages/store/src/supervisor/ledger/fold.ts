import { type EventData, type HalEvent, NO_TOKENS } from "@hal/protocol";
import { prepared } from "../../prepared.ts";
import { foldOf } from "../fold.ts";
import { rowStatements } from "../row-statements.ts";
import { type Rows, rowsOf } from "../rows.ts";
import { rootOf, sessionRows } from "../sessions/rows.ts";
import type { Part, Tx } from "../tx.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { type Account, Accounts } from "./accounts.ts";
import { added, AMOUNT_NAMES, AMOUNT_SQL, type Amounts, isNothing, NOTHING, tokensOf, within } from "./amounts.ts";
import { pricedAs, pricesNow } from "./prices.ts";
import { type Answer, type Prompted, promptOfCommand, prompterOf, recordPrompt } from "./prompters.ts";
import { readFirstOpenDay } from "./prune-shares.ts";
import { spentShares } from "./schema.ts";
import { dayOfSlot, slotOf } from "./slots.ts";

/** What one message counts for. */
type Share = typeof spentShares.$inferSelect;

type Answered = EventData<"session.message">;

/** By session and message, whichever node tells of it. */
const shareRows = rowsOf(rowStatements<Share>(spentShares, [spentShares.sessionId, spentShares.id]));

/** What the assistant's messages cost: each counts once, and what it was told to cost earlier, by whichever node, is taken back. */
export const ledgerFold = foldOf({
  name: "ledger",
  events: ["session.started", "session.updated", "session.message", "command.succeeded"],
  fold(tx, { event }) {
    const { session } = event;
    switch (event.type) {
      case "session.message":
        if (session === undefined) return;
        if (event.data.role === "assistant") tx.of(ledger).put(session, event.data);
        else notePrompt(tx, session, event);
        return;
      case "session.started":
      case "session.updated":
        if (session !== undefined && event.data.parentId !== undefined) tx.of(ledger).moveBelow(session);
        return;
      case "command.succeeded": {
        const prompt = promptOfCommand(tx, event.data, event.at);
        if (prompt !== undefined) tx.of(ledger).prompted(prompt);
        return;
      }
      default:
        event satisfies never;
    }
  },
  told: (tx) => ({ spentNanoUsd: tx.of(ledger).spentNanoUsd }),
});

/** What a back end puts in for the model has no text, and is no prompt; what a fork copied was asked of another session. */
function notePrompt(tx: Tx, sessionId: string, { data }: Extract<HalEvent, { type: "session.message" }>): void {
  if (data.text === "" || data.copied) return;
  // what a session asks one below it is nobody's prompt
  if (tx.of(sessionRows).get(tx.nodeId, sessionId)?.parentId != null) return;
  tx.of(ledger).prompted({ sessionId, id: data.messageId, actor: "", at: data.createdAt });
}

const ledger = (tx: Tx): Ledger => new Ledger(tx);

/** A prompt of which it became known who gave it. */
interface Heard {
  readonly id: string;
  readonly turn: number;
}

/** An answer of this frame. */
interface Counted {
  readonly sessionId: string;
  readonly id: string;
  readonly turn: number;
}

/** The sums, and the figure of the metric, of what one frame tells. */
class Ledger implements Part {
  readonly #tx: Tx;
  #rows: Rows<Share> | undefined;
  readonly #accounts: Accounts;
  readonly #sums = new Map<string, { slot: number; account: number; amounts: Amounts }>();
  readonly #moved = new Set<string>();
  /** prompts of which was heard who gave them, by root: answers may have been counted before */
  readonly #heard = new Map<string, Heard[]>();
  /** what was heard and counted in this frame, in that order */
  #turn = 0;
  readonly #counted = new Map<string, Counted>();
  readonly #actors = new Map<string, string>();
  #spentNanoUsd = 0;
  #knownOpenFrom: number | undefined;

  constructor(tx: Tx) {
    this.#tx = tx;
    this.#accounts = new Accounts(tx.db);
  }

  /** By how much messages are dearer than what was known of them. */
  get spentNanoUsd(): number {
    return this.#spentNanoUsd;
  }

  put(sessionId: string, told: Answered): void {
    const before = this.#shares.get(sessionId, told.messageId);
    const slot = slotOf(told.createdAt);
    const known = before === undefined ? undefined : this.#accounts.get(before.account);
    const worth = this.#worth(told, before, known);
    if (before === undefined && (worth === undefined || dayOfSlot(slot) < this.#openFrom)) return;
    const { kind, amounts } = worth ?? { kind: known?.kind ?? "opencode", amounts: NOTHING };
    const promptId = told.parentId ?? "";
    const rootId = rootOf(this.#tx, sessionId);
    const account = this.#accounts.idOf({
      sessionId,
      rootId,
      nodeId: this.#tx.nodeId,
      project: this.#tx.of(sessionRows).get(this.#tx.nodeId, sessionId)?.project ?? "",
      model: told.model ?? "",
      actor: this.#prompterOf({ sessionId, rootId, id: told.messageId, promptId }),
      kind,
    });
    const turn = (this.#turn += 1);
    this.#counted.set(`${sessionId}/${told.messageId}`, { sessionId, id: told.messageId, turn });
    this.#change(before, { sessionId, id: told.messageId, promptId, account, slot, ...amounts });
    this.#spentNanoUsd += Math.max(0, amounts.costNanoUsd - (before?.costNanoUsd ?? 0));
  }

  /** Who gave a prompt is known. */
  prompted(prompt: Prompted): void {
    if (!recordPrompt(this.#tx.db, prompt)) return;
    this.#actors.set(`${prompt.sessionId}/${prompt.id}`, prompt.actor);
    this.#hear(prompt.sessionId, prompt.id);
  }

  #hear(sessionId: string, id: string): void {
    const heard = this.#heard.get(sessionId) ?? [];
    heard.push({ id, turn: (this.#turn += 1) });
    this.#heard.set(sessionId, heard);
  }

  /** Often the prompt came in the same frame. */
  #prompterOf(answer: Answer): string {
    const { sessionId, rootId, promptId } = answer;
    const known = sessionId === rootId ? this.#actors.get(`${rootId}/${promptId}`) : undefined;
    return known ?? prompterOf(this.#tx.db, answer);
  }

  /** A session is below another one; what was counted of it before that was known is that one's, too. */
  moveBelow(sessionId: string): void {
    if (this.#moved.has(sessionId)) return;
    const rootId = rootOf(this.#tx, sessionId);
    if (rootId === sessionId) return;
    this.#moved.add(sessionId);
    if (this.#accounts.move(sessionId, rootId)) this.#hear(rootId, "");
  }

  flush(): void {
    const { addToQuarter, addToDay } = statements(this.#tx.db);
    this.#judgeAnew();
    const days = new Map<string, { readonly key: readonly unknown[]; amounts: Amounts }>();
    for (const { slot, account: id, amounts } of this.#sums.values()) {
      if (isNothing(amounts)) continue;
      addToQuarter.run(slot, id, ...valuesOf(amounts));
      this.#accounts.noteSlot(id, slot);
      const account = this.#accounts.get(id);
      if (account === undefined || slot < 0) continue;
      const { project, model, nodeId, actor, kind } = account;
      const key = [dayOfSlot(slot), project, model, nodeId, actor, kind];
      const name = JSON.stringify(key);
      days.set(name, { key, amounts: added(days.get(name)?.amounts ?? NOTHING, amounts, 1) });
    }
    for (const { key, amounts } of days.values()) if (!isNothing(amounts)) addToDay.run(...key, ...valuesOf(amounts));
    this.#sums.clear();
  }

  /** Asked for late, so that it is written behind this: what is in the file then is of earlier frames. */
  get #shares(): Rows<Share> {
    return (this.#rows ??= this.#tx.of(shareRows));
  }

  /** What a message of a day before it cost is counted already. */
  get #openFrom(): number {
    return (this.#knownOpenFrom ??= firstOpenDay(this.#tx.db)());
  }

  /** A price holds from when it is set: a message that was priced stays so for as long as its tokens are the same. */
  #worth(
    told: Answered,
    before: Share | undefined,
    known: Account | undefined,
  ): { readonly kind: Account["kind"]; readonly amounts: Amounts } | undefined {
    // a fork's copies were paid for elsewhere
    const priced = told.copied ? undefined : pricedAs(told, pricesNow(this.#tx.db));
    if (priced === undefined) return undefined;
    const amounts = { ...NOTHING, ...(told.tokens ?? NO_TOKENS), costNanoUsd: priced.costNanoUsd };
    const isKept = before !== undefined && priced.kind !== "opencode" && tokensOf(before) === tokensOf(amounts);
    if (!isKept || known === undefined || known.kind === "opencode") return { kind: priced.kind, amounts };
    return { kind: known.kind, amounts: { ...amounts, costNanoUsd: before.costNanoUsd } };
  }

  /** Answers to a prompt of which only now it is known who gave it. */
  #judgeAnew(): void {
    if (this.#heard.size === 0) return;
    const { answersSince } = statements(this.#tx.db);
    for (const [asked, prompts] of this.#heard) {
      const oldest = prompts.reduce((least, { id }) => (id < least ? id : least), prompts[0]?.id ?? "");
      for (const { sessionId, id } of answersSince.all(asked, oldest, asked, asked, oldest)) this.#judge(sessionId, id);
      // one that was counted behind all that it could answer was judged by that
      for (const { sessionId, id, turn } of this.#counted.values())
        if (this.#isOf(asked, sessionId) && prompts.some((prompt) => prompt.turn > turn && prompt.id < id))
          this.#judge(sessionId, id);
    }
    this.#heard.clear();
  }

  /** By now: that a session is below another one may have been told behind what it answered. */
  #isOf(rootId: string, sessionId: string): boolean {
    return sessionId === rootId || rootOf(this.#tx, sessionId) === rootId;
  }

  #judge(sessionId: string, id: string): void {
    const share = this.#shares.get(sessionId, id);
    const account = share === undefined ? undefined : this.#accounts.get(share.account);
    if (share === undefined || account === undefined) return;
    const { rootId } = account;
    const actor = prompterOf(this.#tx.db, { sessionId, rootId, id, promptId: share.promptId });
    if (actor !== account.actor) this.#change(share, { ...share, account: this.#accounts.idOf({ ...account, actor }) });
  }

  #change(before: Share | undefined, after: Share): void {
    if (before !== undefined) this.#add(before, -1);
    this.#add(after, 1);
    this.#shares.put(after);
  }

  #add(share: Share, sign: 1 | -1): void {
    if (isNothing(share)) return;
    const { slot, account } = share;
    const key = `${slot} ${account}`;
    this.#sums.set(key, { slot, account, amounts: added(this.#sums.get(key)?.amounts ?? NOTHING, share, sign) });
  }
}

function valuesOf(amounts: Amounts): number[] {
  return AMOUNT_NAMES.map((name) => amounts[name]);
}

/** So many answers of a tree are judged anew at most; what is heard late is heard soon, and a node that lies costs no more than that. */
const MOST_JUDGED = 1_000;

const DAY_KEY = ["day", "project", "model", "node_id", "actor", "kind"];

const statements = prepared(({ sqlite: { driver } }: WriterDatabase) => ({
  addToQuarter: driver.prepare(addingTo("spent_quarters", ["slot", "account"])),
  addToDay: driver.prepare(addingTo("spent_day_sums", DAY_KEY)),
  /** of a session and of those below it, once for each account */
  answersSince: driver.prepare<string[], { sessionId: string; id: string }>(
    `select session_id as sessionId, id from spent_shares where session_id = ? and id > ?
     union all
     select s.session_id, s.id from spent_accounts a cross join spent_shares s on s.session_id = a.session_id
     where a.root_id = ? and a.session_id <> ? and s.id > ? limit ${MOST_JUDGED}`,
  ),
}));

const firstOpenDay = prepared(({ sqlite }: WriterDatabase) => readFirstOpenDay(sqlite));

function addingTo(table: string, key: readonly string[]): string {
  const columns = [...key, ...AMOUNT_SQL];
  return `insert into ${table} (${columns.join(", ")}) values (${columns.map(() => "?").join(", ")})
    on conflict (${key.join(", ")}) do update
    set ${AMOUNT_SQL.map((name) => `${name} = ${within(`${name} + excluded.${name}`)}`).join(", ")}`;
}
