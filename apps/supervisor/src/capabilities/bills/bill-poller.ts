import type { BilledProvider } from "@hal/protocol";
import { type BillPollRow, billPollsByProvider, readBillDays, recordPoll } from "@hal/store/supervisor";
import type { SupervisorConfig } from "../../config.ts";
import type { Kernel } from "../../kernel.ts";
import type { BillMetrics } from "./bill-metrics.ts";
import type { AskForBills, BillAccess, BillAnswer } from "./bill-source.ts";
import { ASKED_DAYS, daysToAsk } from "./domain/days-to-ask.ts";
import { nextPollAt } from "./domain/poll-times.ts";
import { accessesIn, isPlaceholder } from "./section.ts";

/** So long asking one provider takes at most, with all pages. */
const DEADLINE_MS = 4 * 60_000;
/** No provider is asked by itself sooner than that, unless the configuration wants it. */
const LEAST_MS = 30_000;

export interface PollerContext extends Pick<Kernel, "store" | "clock" | "log"> {
  readonly used: () => Pick<SupervisorConfig, "cost">;
  readonly ask: AskForBills;
  readonly metrics: BillMetrics;
  /** hears of a provider that told its bill */
  readonly onTold: (provider: BilledProvider) => Promise<void>;
}

/**
 * Asks providers for their bills: each at the start, each interval, and for itself, so that none waits for another one. How that went is
 * in the database; here is only who is being asked, and who was since the start.
 */
export class BillPoller implements AsyncDisposable {
  readonly #context: PollerContext;
  readonly #ending = new AbortController();
  readonly #running = new Map<BilledProvider, Promise<void>>();
  /** with which key each was asked last since the start, so that another one is tried at once */
  readonly #asked = new Map<BilledProvider, { readonly key: string; readonly at: number }>();

  constructor(context: PollerContext) {
    this.#context = context;
  }

  /** Who has a key that is worth asking with. */
  get accesses(): readonly BillAccess[] {
    return this.configured.filter((access) => !isPlaceholder(access));
  }

  /** Who has a key, worth asking with or not. */
  get configured(): readonly BillAccess[] {
    return accessesIn(this.#context.used().cost.providers);
  }

  get intervalMs(): number {
    return this.#context.used().cost.poll_interval_minutes * 60_000;
  }

  isAsking(provider: BilledProvider): boolean {
    return this.#running.has(provider);
  }

  /** When a provider is asked next. */
  nextAt(provider: BilledProvider, row: BillPollRow | undefined): number {
    if (row === undefined || !this.#asked.has(provider))
      return Math.max(this.#context.clock.now(), row?.notBefore ?? 0);
    return nextPollAt(row, this.intervalMs);
  }

  /** Asks whoever is due; returns at once. */
  beat(): void {
    const { store, clock } = this.#context;
    const now = clock.now();
    const rows = billPollsByProvider(store);
    for (const access of this.accesses) {
      const { provider } = access;
      const asked = this.#asked.get(provider);
      const isChanged = asked !== undefined && asked.key !== keyOf(access);
      // also where nothing can be written down
      const isJustAsked = asked !== undefined && now < asked.at + Math.min(this.intervalMs, LEAST_MS);
      const isDue = !isJustAsked && this.nextAt(provider, rows.get(provider)) <= now;
      if (!this.isAsking(provider) && (isChanged || isDue)) void this.#begin(access);
    }
  }

  /** Asks now, but not whoever wants to be left alone; resolves when all of them answered or failed. */
  async askNow(only: BilledProvider | undefined): Promise<void> {
    const { store, clock } = this.#context;
    const rows = billPollsByProvider(store);
    const wanted = this.accesses.filter(({ provider }) => only === undefined || provider === only);
    await Promise.all(
      wanted.flatMap((access) => {
        const isLeftAlone = (rows.get(access.provider)?.notBefore ?? 0) > clock.now();
        const running = this.#running.get(access.provider) ?? (isLeftAlone ? undefined : this.#begin(access));
        return running === undefined ? [] : [running];
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#running.values());
  }

  /** Never rejects. */
  #begin(access: BillAccess): Promise<void> {
    const { provider } = access;
    this.#asked.set(provider, { key: keyOf(access), at: this.#context.clock.now() });
    const running = this.#poll(access)
      .catch((error: unknown) => {
        if (!this.#ending.signal.aborted) this.#context.log.error({ error, provider }, "a bill could not be asked for");
      })
      .finally(() => this.#running.delete(provider));
    this.#running.set(provider, running);
    return running;
  }

  async #poll(access: BillAccess): Promise<void> {
    const { store, clock, metrics, onTold } = this.#context;
    const { provider } = access;
    const answer = await this.#ask(access);
    if (this.#ending.signal.aborted) return;
    metrics.polled(provider, answer.problem);
    const at = clock.now();
    const { problem, note, reports, raws } = answer;
    const retryAfterMs = problem?.retryAfterMs;
    const { before, now } = await recordPoll(store, {
      provider,
      at,
      reports,
      raws,
      note,
      problem: problem && {
        code: problem.code,
        reason: problem.reason,
        notBefore: retryAfterMs === undefined ? undefined : at + retryAfterMs,
      },
    });
    this.#say(before, now);
    if (reports.length > 0) await onTold(provider);
  }

  async #ask(access: BillAccess): Promise<BillAnswer> {
    const { store, clock, ask } = this.#context;
    const now = clock.now();
    const today = Math.floor(now / 86_400_000);
    const read = readBillDays(store, { from: today - ASKED_DAYS, to: today });
    const readAt = new Map<number, number>();
    for (const row of read.filter((one) => one.provider === access.provider && one.report === "cost"))
      readAt.set(row.day, row.readAt);
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    try {
      return await ask(access, daysToAsk(now, readAt), AbortSignal.any([this.#ending.signal, deadline]));
    } catch (error) {
      if (this.#ending.signal.aborted || !deadline.aborted) throw error;
      const reason = `it did not tell all of its bill within ${DEADLINE_MS / 60_000} minutes`;
      return { reports: [], raws: {}, problem: { code: "timed_out", reason } };
    }
  }

  /** Of each change one line. */
  #say(before: BillPollRow | undefined, now: BillPollRow): void {
    const { log } = this.#context;
    const { provider, reason, code } = now;
    if (before?.state === now.state) return;
    if (now.state === "failing") log.warn({ provider, code, reason }, "a provider does not tell its bill");
    else log.info({ provider }, "a provider tells its bill");
  }
}

function keyOf({ key, baseUrl }: BillAccess): string {
  return JSON.stringify([key, baseUrl]);
}
