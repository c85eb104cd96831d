import { DeliveryError, type Message } from "@hal/channels";
import { errorText, Looks } from "@hal/daemon";
import { nextNotice, type NoticeRow, recordTried, stateOfTarget, stopTarget } from "@hal/store/supervisor";
import type { Kernel } from "../../kernel.ts";
import { AgentSessions } from "./agent-sessions.ts";
import { Cards } from "./cards.ts";
import type { ChannelBook, Target } from "./channel-book.ts";
import type { Composer, Judgement } from "./composer.ts";
import type { Volume } from "./volume.ts";
import { afterTry, type Outcome, UNTRIED } from "./domain/after-try.ts";
import type { NoticeMetrics } from "./notice-metrics.ts";
import { PeopleTeller, type Step, type Told } from "./people-teller.ts";

/** One try that failed may have done so for its notice; so many in a row are the target's. */
const FAILING = 2;

/** So long cards of a target are left alone after one could not be changed. */
const EDIT_AGAIN_MS = 10_000;

type SenderContext = Pick<Kernel, "store" | "clock" | "log" | "startedAt" | "stopping"> & {
  readonly channels: ChannelBook;
  readonly noticeMetrics: NoticeMetrics;
  readonly volumeOf: (target: string) => Volume | undefined;
};

/**
 * Sends what waits for each target, one notice at a time, and side by side to different ones. It knows nothing itself: what is due, and
 * how each target is, is in the database. A notice is sent before that is noted, under a name that stays the same: whoever gets it twice
 * because this process died in between knows it by that.
 */
export class NoticeSender implements AsyncDisposable {
  readonly #context: SenderContext;
  readonly #lanes = new Map<string, Looks>();
  readonly #cards: Cards;
  readonly #agents: AgentSessions;
  readonly #people: PeopleTeller;
  /** cards of a target are not changed before that time */
  readonly #quietUntil = new Map<string, number>();
  #composer: Composer | undefined;

  constructor(context: SenderContext) {
    this.#context = context;
    this.#cards = new Cards(context);
    this.#agents = new AgentSessions(context);
    this.#people = new PeopleTeller(context, this.#cards);
  }

  /** From now on people are told in these words. */
  composeBy(composer: Composer): void {
    this.#composer = composer;
  }

  /** What a card shows has changed just now, and so have others of the same: they are changed at once. */
  async showSoon(cardId: string): Promise<void> {
    await this.#cards.lookSoon(cardId);
    this.wake();
  }

  /** What a button on a card would do. */
  judge(subject: string, key: string): Judgement {
    return this.#composer?.judge(subject, key) ?? {};
  }

  /** Something may be due; returns at once. */
  wake(): void {
    for (const { name } of this.#context.channels.all) this.#laneOf(name).wake();
  }

  /** Sends all that is due, to all targets. */
  async sendDue(): Promise<void> {
    await Promise.all(this.#context.channels.all.map(({ name }) => this.#laneOf(name).now()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane[Symbol.asyncDispose]()));
  }

  #laneOf(name: string): Looks {
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const lane = new Looks(
      () => this.#send(name),
      (error) => this.#context.log.warn({ target: name, error }, "notices could not be sent; they are tried again"),
    );
    this.#lanes.set(name, lane);
    return lane;
  }

  async #send(name: string): Promise<void> {
    const { channels, clock, store, stopping } = this.#context;
    while (!stopping.aborted && this.#lanes.get(name)?.hasEnded !== true) {
      const target = channels.get(name);
      if (target === undefined) return;
      const now = clock.now();
      const state = stateOfTarget(store, name);
      if (state !== undefined && (state.stoppedAt !== null || state.notBefore > now)) return;
      if (target.channel.abilities.edits && this.#composer !== undefined) {
        if (await this.#tellPeople(target, this.#composer)) continue;
        await this.#refresh(target);
        return;
      }
      const notice = nextNotice(store, name, now);
      if (notice === undefined) return;
      await this.#try(target, [notice], async () => {
        const { id, type, at, data } = notice;
        const { channel, place } = target;
        await channel.post({ ref: id, place, message: messageOf(notice), facts: { type, at, data } }, stopping);
      });
    }
  }

  /** Tells people what is to be told now; false where nothing is. */
  async #tellPeople(target: Target, composer: Composer): Promise<boolean> {
    const { store, clock, stopping } = this.#context;
    const steps = await this.#people.stepsFor(target, composer);
    const told = new Set<string>();
    for (const [index, { notices, tell }] of steps.entries()) {
      if (notices.every(({ id }) => told.has(id))) continue;
      if (index > 0) {
        const state = stateOfTarget(store, target.name);
        const mayGoOn = state === undefined || (state.stoppedAt === null && state.notBefore <= clock.now());
        if (!mayGoOn || stopping.aborted || this.#lanes.get(target.name)?.hasEnded === true) break;
      }
      const also = await this.#try(target, notices, tell);
      if (also === undefined) break;
      for (const { id } of also) told.add(id);
    }
    return steps.length > 0;
  }

  /** Tries to tell some notices, and keeps what comes of it. Returns what was told with them; undefined where they were not told. */
  async #try(
    target: Target,
    notices: readonly NoticeRow[],
    tell: Step["tell"],
  ): Promise<readonly NoticeRow[] | undefined> {
    let told: Awaited<ReturnType<Step["tell"]>>;
    try {
      told = await tell(this.#context.stopping);
    } catch (error) {
      if (!this.#context.stopping.aborted) await this.#record(target, notices, this.#failureAt(target, error));
      return undefined;
    }
    const { also = [], ...kept } = told ?? {};
    await this.#record(target, [...notices, ...also], { kind: "sent" }, kept);
    return also;
  }

  /** Why something was not taken; what a channel says that is not the target's any more does not stop it. */
  #failureAt({ name, channel }: Target, error: unknown): Exclude<Outcome, { readonly kind: "sent" }> {
    const failure = failureOf(error);
    const isReplaced = this.#context.channels.get(name)?.channel !== channel;
    return failure.kind === "stopped" && isReplaced ? { ...failure, kind: "again", retryAfterMs: 0 } : failure;
  }

  /** What cannot be changed now is looked at again in a moment. */
  async #refresh(target: Target): Promise<void> {
    const { clock, log, stopping } = this.#context;
    const { name, channel } = target;
    const now = clock.now();
    if (this.#composer === undefined || !channel.abilities.edits || (this.#quietUntil.get(name) ?? 0) > now) return;
    try {
      await this.#cards.refresh(target, this.#composer, stopping);
      await this.#agents.refresh(target, this.#composer, stopping);
    } catch (error) {
      if (stopping.aborted) return;
      const { kind, reason, retryAfterMs = EDIT_AGAIN_MS } = this.#failureAt(target, error);
      this.#quietUntil.set(name, now + retryAfterMs);
      log.debug({ target: name, reason }, "a card could not be changed");
      if (kind === "stopped") await this.#stop(name, reason, now);
    }
  }

  async #record(
    { name, waitMs }: Target,
    [notice, ...others]: readonly NoticeRow[],
    outcome: Outcome,
    told: Partial<Told> = {},
  ): Promise<void> {
    if (notice === undefined) return;
    const { store, clock, log, noticeMetrics } = this.#context;
    const now = clock.now();
    const before = stateOfTarget(store, name) ?? UNTRIED;
    const after = afterTry(notice, before, outcome, { now, waitMs });
    const { hurry, stop } = after;
    const { failingSince, reason, failures, notBefore, lastSentAt } = after.target;
    await recordTried(store, {
      notice: { id: notice.id, target: name, ...after.notice, ...told },
      others: others.map(({ id }) => id),
      target: { failingSince, reason, failures, notBefore, lastSentAt },
      hurry,
      now,
    });
    noticeMetrics.tried(after.notice.state);
    const fields = { target: name, notice: notice.id, event: notice.eventId };
    if (outcome.kind === "sent") {
      if (before.failures >= FAILING) log.info({ target: name }, "a target takes notices again");
    } else if (after.notice.state === "given_up") {
      log.error({ ...fields, reason: outcome.reason }, "a notice was given up");
    } else if (failures === FAILING) {
      log.warn({ ...fields, reason: outcome.reason }, "a target takes no notices; they wait");
    }
    if (stop !== undefined) await this.#stop(name, stop, now);
  }

  /** It is said once, whether a notice or a change of a message was refused. */
  async #stop(name: string, reason: string, now: number): Promise<void> {
    const { store, channels } = this.#context;
    if (!(await stopTarget(store, name, { reason, now }))) return;
    const text = "nothing more is sent to a target until somebody sees to it";
    channels.faults.say(platformOf(name), "error", { target: name, reason, text });
  }
}

/** A fault of a platform is one at all its targets; webhooks have nothing in common. */
function platformOf(target: string): string {
  const [kind = ""] = target.split("#", 1);
  return kind === "webhook" ? target : kind;
}

function failureOf(error: unknown): Exclude<Outcome, { readonly kind: "sent" }> {
  if (!(error instanceof DeliveryError)) return { kind: "again", reason: errorText(error) };
  return { kind: error.problem, reason: error.message, retryAfterMs: error.retryAfterMs };
}

/** A notice for people. */
function messageOf({ type, at, data }: NoticeRow): Message {
  const { text } = data;
  return { title: typeof text === "string" ? text : type, tone: "neutral", at };
}
