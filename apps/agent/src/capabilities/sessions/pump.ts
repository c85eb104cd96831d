import type { BackEnd } from "../../back-end.ts";
import type { SourceFact } from "../../domain/source-fact.ts";
import type { Context } from "../../context.ts";
import { answerByRules } from "./answer-by-rules.ts";
import { applyFact } from "./apply-fact.ts";
import { SoonAsking } from "./compare/ask-soon.ts";
import type { DirectoryAnswer } from "../projects/per-directory.ts";
import { type Compared, type Comparing, compareLate, lookAgain, resync, tellUnknown } from "./compare/resync.ts";
import { HeldBack } from "./held-back.ts";

/** How long a user message may wait for a sign that all its parts are there. */
const SETTLE_MS = 50;

/** Most events that are held back while a comparison runs; above it the stream is opened anew. */
const HELD_BACK = 20_000;

export interface PumpOptions {
  /** how far apart two looks at a turn in doubt are: two in one breath would see the same moment; milliseconds */
  readonly doubtMs: number;
  readonly onFailure: () => void;
}

/** Applies events in their order, one write for all that came together; holds them back while a comparison runs. */
export class Pump {
  readonly #context: Context;
  readonly #api: BackEnd;
  readonly #doubtMs: number;
  readonly #onFailure: () => void;
  readonly #over = new AbortController();
  readonly #comparingWith: Comparing;
  readonly #heldBack = new HeldBack();
  /** directories that answered when nobody waited for them any more */
  readonly #late = new Set<string>();
  #comparing = false;
  #looking = false;
  /** whether the stream spoke of a session before the last comparison could judge it */
  #leftToStream = false;
  #working: Promise<void> | undefined;
  #settling: NodeJS.Timeout | undefined;
  #doubting: NodeJS.Timeout | undefined;
  #failure: unknown;
  #ended = false;

  constructor(context: Context, api: BackEnd, how: PumpOptions) {
    this.#context = context;
    this.#api = api;
    this.#doubtMs = how.doubtMs;
    this.#onFailure = how.onFailure;
    const soon = new SoonAsking(context.directories, {
      onLate: (answer) => this.#takeLate(answer),
      onBroken: (error) => this.fail(error),
      signal: this.#over.signal,
    });
    this.#comparingWith = { api, soon, heldBack: this.#heldBack };
  }

  take(fact: SourceFact): void {
    this.#heldBack.add(fact);
    if (this.#heldBack.size > HELD_BACK) this.fail(new Error(`${HELD_BACK} events came during one comparison`));
    this.#start();
  }

  /** Compares opencode with what was told before anything else is applied. */
  compare(): void {
    this.#comparing = true;
    this.#start();
  }

  /** Looks for what opencode did and was not heard. */
  look(): void {
    this.#looking = true;
    this.#start();
  }

  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Waits for what is being applied; nothing more is begun. */
  async drain(): Promise<void> {
    this.#ended = true;
    this.#over.abort();
    clearTimeout(this.#settling);
    clearTimeout(this.#doubting);
    this.#heldBack.takeAll();
    await this.#working;
  }

  #start(): void {
    this.#working ??= this.#work()
      .catch((error: unknown) => this.fail(error))
      .finally(() => {
        this.#working = undefined;
        if (!this.#ended && this.#failure === undefined && this.#hasWork) this.#start();
      });
  }

  get #hasWork(): boolean {
    return this.#comparing || this.#looking || this.#late.size > 0 || this.#heldBack.size > 0;
  }

  async #work(): Promise<void> {
    // what arrives in the same turn of the event loop goes into the same commit
    await new Promise((resolve) => setImmediate(resolve));
    const compares = this.#comparing || this.#looking;
    if (this.#comparing) {
      this.#comparing = false;
      await this.#timed("compared opencode with what was told", () => resync(this.#context, this.#comparingWith));
      await this.#context.spending.compared();
      this.#context.followed.is = true;
    } else if (this.#looking) {
      await this.#timed("looked for what opencode left out", () => lookAgain(this.#context, this.#comparingWith));
    }
    this.#looking = false;
    const hasLate = this.#late.size > 0;
    await this.#compareLate();
    for (const fact of this.#heldBack.takeAll()) {
      // of a run that has ended everything was told; what its rows add is in the durable log
      if (this.#context.book.run !== this.#api.run) break;
      if (applyFact(this.#context, fact) === "applied") continue;
      // the row is in the log with those that are missing before it: without them it would hide them
      if (await this.#context.durable.read(this.#context, this.#api)) applyFact(this.#context, fact);
    }
    await this.#context.book.write();
    answerByRules(this.#context, this.#api);
    if (compares || hasLate) this.#context.followed.onCompared();
    this.#settleLater();
    this.#lookLater();
  }

  async #compareLate(): Promise<void> {
    const directories = [...this.#late];
    this.#late.clear();
    if (directories.length === 0) return;
    await this.#timed("compared what was late", () => compareLate(this.#context, this.#comparingWith, directories));
  }

  /** What it said is old by now: it is asked once more, and answers at once. */
  #takeLate(answer: DirectoryAnswer<unknown>): void {
    const isKnown = answer.ok || answer.config !== undefined;
    if (isKnown) this.#late.add(answer.directory);
    if (!answer.ok) tellUnknown(this.#context, answer.directory, answer.reason);
    if (isKnown) this.#start();
    else this.#writeNow();
  }

  /** Says how long a comparison took, and whether all directories answered: how opencode is known since it began. */
  async #timed(what: string, compare: () => Promise<Compared>): Promise<void> {
    const { clock, log } = this.#context;
    const began = clock.monotonic();
    const { complete, failed, leftToStream } = await compare();
    this.#leftToStream ||= leftToStream.size > 0;
    const tookMs = Math.round(clock.monotonic() - began);
    log.debug({ took_ms: tookMs, directories: complete.size, unanswered: [...failed.keys()] }, what);
  }

  #settleLater(): void {
    clearTimeout(this.#settling);
    if (this.#ended) return; // the book may be read anew, and its tellers are others then
    const unsettled = [...this.#context.book.all()].filter((teller) => teller.hasUnsettled);
    if (unsettled.length === 0) return;
    this.#settling = setTimeout(() => {
      for (const { id } of unsettled) this.#context.book.open(id).settle();
      this.#writeNow();
    }, SETTLE_MS);
  }

  /** What one comparison leaves in doubt, the next one decides. */
  #lookLater(): void {
    if (this.#ended || this.#doubting !== undefined) return;
    const isDoubtful = [...this.#context.book.all()].some(
      (teller) => teller.managed && (teller.needsLook || teller.needsFacts),
    );
    if (!isDoubtful && !this.#leftToStream) return;
    this.#leftToStream = false;
    this.#doubting = setTimeout(() => {
      this.#doubting = undefined;
      this.look();
    }, this.#doubtMs);
  }

  #writeNow(): void {
    this.#context.book.write().catch((error: unknown) => this.fail(error));
  }

  /** Gives the stream up for this reason; it is opened and compared anew. */
  fail(error: unknown): void {
    this.#failure ??= error;
    this.#onFailure();
  }
}
