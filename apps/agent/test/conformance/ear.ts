import { Wakeup } from "@hal/daemon";
import type { BackEnd } from "../../src/back-end.ts";
import type { SourceFact, SourceMessage, SourcePart, SourceRow, SourceStatus } from "../../src/domain/source-fact.ts";

/** Nothing takes so long on a machine that does anything else beside it. */
const PATIENCE_MS = 60_000;

type Kind = SourceFact["kind"];
type FactOf<K extends Kind> = Extract<SourceFact, { readonly kind: K }>;

/** Hears everything that a back end says, and waits for what it is to say. */
export class Ear implements AsyncDisposable {
  readonly facts: SourceFact[] = [];
  readonly #over = new AbortController();
  readonly #wakeup = new Wakeup();
  readonly #listening: Promise<void>;
  #ended: unknown;

  constructor(backEnd: BackEnd) {
    this.#listening = this.#listen(backEnd).catch((error: unknown) => {
      this.#ended = error;
      this.#wakeup.notify();
    });
  }

  /** The place behind what was heard by now. */
  get now(): number {
    return this.facts.length;
  }

  /** The first fact of a kind from a place on that is so; waits for it. */
  async first<K extends Kind>(
    kind: K,
    is: (fact: FactOf<K>) => boolean = () => true,
    from = 0,
  ): Promise<{ readonly fact: FactOf<K>; readonly place: number }> {
    const limit = AbortSignal.timeout(PATIENCE_MS);
    for (let place = from; ;) {
      for (; place < this.facts.length; place += 1) {
        const fact = this.facts[place] as SourceFact;
        if (fact.kind === kind && is(fact as FactOf<K>)) return { fact: fact as FactOf<K>, place };
      }
      if (this.#ended !== undefined) throw new Error(`the stream ended before: ${kind}`, { cause: this.#ended });
      if (limit.aborted) throw new Error(`it was not said: ${kind}, as ${is.toString()}`);
      await this.#wakeup.arm(limit);
    }
  }

  async status(session: string, type: SourceStatus["type"], from = 0): Promise<number> {
    const is = ({ sessionId, status }: FactOf<"status">): boolean => sessionId === session && status.type === type;
    return (await this.first("status", is, from)).place;
  }

  /** Waits until a turn that begins at a place, or behind it, was at work and rests. */
  async rests(session: string, from: number): Promise<number> {
    return this.status(session, "idle", await this.status(session, "busy", from));
  }

  /** Waits for a row of a session that is so. */
  async row(session: string, is: (row: SourceRow["change"]) => boolean): Promise<SourceRow> {
    return (await this.first("row", ({ row }) => row.sessionId === session && is(row.change))).fact.row;
  }

  rows(session: string): SourceRow[] {
    return this.facts.flatMap((fact) => (fact.kind === "row" && fact.row.sessionId === session ? [fact.row] : []));
  }

  /** The messages of a session as their last rows say they are, in the order of their first rows. */
  messages(session: string): SourceMessage[] {
    return messagesIn(this.rows(session));
  }

  /** The parts of a message as their last rows say they are. */
  parts(session: string, message: string): SourcePart[] {
    return partsIn(this.rows(session), message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#listening;
  }

  async #listen(backEnd: BackEnd): Promise<void> {
    for await (const fact of backEnd.facts(this.#over.signal)) {
      this.facts.push(fact);
      this.#wakeup.notify();
    }
    throw new Error("it came to its end");
  }
}

export function messagesIn(rows: readonly SourceRow[]): SourceMessage[] {
  const messages = new Map<string, SourceMessage>();
  for (const { change } of rows) if (change.kind === "message") messages.set(change.message.id, change.message);
  return [...messages.values()];
}

export function partsIn(rows: readonly SourceRow[], message: string): SourcePart[] {
  const parts = new Map<string, SourcePart>();
  for (const { change } of rows)
    if (change.kind === "part" && change.part.messageId === message) parts.set(change.part.id, change.part);
  return [...parts.values()];
}

/** What was said in a message. */
export function textOf(parts: readonly SourcePart[]): string {
  return parts.map((part) => (part.kind === "text" && part.isSaid ? part.text : "")).join("");
}
