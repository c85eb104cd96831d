import {
  encodeFrame,
  type Heartbeat,
  type Hello,
  LEASES_FEATURE,
  type ResourceReport,
  type Retell,
  TOLD_FEATURE,
  type Update,
  type Welcome,
} from "@hal/protocol";
import { backoffMs, fingerprint, newUuid, sleep, type Trust } from "@hal/daemon";
import type { Context } from "../context.ts";
import { Redial } from "./domain/redial.ts";
import { AT_ONCE, isTokenRefused, type LinkEnd, type Retry, retryAfter } from "./domain/retry.ts";
import type { LiveWire } from "../capabilities/live/live-lane.ts";
import type { CommandRunner } from "../capabilities/commands/run-command.ts";
import type { Identity } from "./identity/identity.ts";
import { connectOnce } from "./connection.ts";
import type { Credentials } from "./identity/credentials.ts";
import { executionForgetter } from "./forget-executions.ts";
import { heartbeatOf } from "./heartbeat.ts";
import { helloOf } from "./hello.ts";
import { ignoredFrames } from "./ignored-frames.ts";
import { OutboxSender } from "./sender.ts";
import { settleOutbox } from "./settle-outbox.ts";
import { ToldSender } from "./told-sender.ts";
import { SpentSender } from "./spent-sender.ts";
import { takeUpdate, welcomed } from "./take-update.ts";
import { keepToken } from "./identity/keep-token.ts";
import { type UsableSecret, usableSecret } from "./identity/usable-secret.ts";

/** A link that holds for so long has worked, though there was nothing to tell. */
const HELD_MS = 10_000;

export interface UplinkOptions {
  readonly context: Context;
  readonly runner: CommandRunner;
  readonly identity: Identity;
  readonly url: string;
  readonly credentials: Credentials;
  readonly trust: Trust;
  readonly name: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly resources: () => Promise<ResourceReport>;
}

/**
 * The agent's end of the link: dials for ever, greets, sends the outbox, takes commands.
 *
 * What holds here:
 *
 * - L1 There is one link at a time: the next one is dialled when everything of the last one has stopped.
 * - L2 Nothing but the hello is sent before the welcome was judged and the outbox brought to what the supervisor has.
 * - L3 A heartbeat, the told table and what was spent go out on the link that is open now, or not at all.
 */
export class Uplink implements AsyncDisposable {
  readonly #options: UplinkOptions;
  #trust: Trust;
  readonly #instance = newUuid();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #ignored: (problem: string) => void;
  readonly #isUsable: UsableSecret;
  readonly #forgetExecutions: (serverTime: number) => Promise<void>;
  #connections = 0;
  #hasProgressed = false;
  #sender: OutboxSender | undefined;
  /** of a supervisor that compares what it has with what was told */
  #told: ToldSender | undefined;
  /** to one that hands out what may be spent */
  #spent: SpentSender | undefined;
  #sendNow: ((text: string) => void) | undefined;
  #wake = new AbortController();

  constructor(options: UplinkOptions) {
    this.#options = options;
    this.#trust = options.trust;
    const { clock, followed, log, store } = options.context;
    this.#ignored = ignoredFrames(log);
    this.#isUsable = usableSecret(log);
    this.#forgetExecutions = executionForgetter(store, clock);
    store.news.listen(() => this.#sender?.wake());
    followed.onCompared = () => this.#told?.compared();
    this.#running = this.#run();
  }

  /** Tells the supervisor now what a heartbeat would tell it later. */
  beat(): void {
    if (this.#sendNow === undefined) return; // L3
    this.#sender?.wake(); // a slow look: a wake-up that nobody gave costs time and never an event
    this.#heartbeat()
      .then((frame) => this.#sendNow?.(encodeFrame(frame)))
      .catch((error: unknown) => this.#options.context.log.error({ error }, "heartbeat failed"));
  }

  /** Goes by what the configuration says now: at the next dialling, which waits no longer. */
  configure({ token, trust }: { readonly token: string; readonly trust: Trust }): void {
    this.#options.credentials.configure(token);
    this.#trust = trust;
    this.#wake.abort();
    this.beat();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { log, clock } = this.#options.context;
    const redial = new Redial(backoffMs);
    let said: string | undefined;
    while (!signal.aborted) {
      const began = clock.monotonic();
      const token = this.#options.credentials.next();
      const end = await this.#connect(token, signal);
      if (signal.aborted) return;
      const retry = this.#judge(end, token);
      // a link that held, or on which something was acknowledged, counts as a success, and its end as news
      if (this.#hasProgressed || clock.monotonic() - began > HELD_MS) {
        redial.hasProgressed();
        said = undefined;
      }
      if (retry.text !== said) log[retry.level]({ supervisor: this.#options.url }, retry.text);
      said = retry.text;
      if (retry.limits === undefined) return;
      this.#wake = new AbortController();
      await sleep(redial.waitMs(retry.limits), AbortSignal.any([signal, this.#wake.signal]));
    }
  }

  /** Where a token was refused, and there is another one, that is tried first. */
  #judge(end: LinkEnd, token: string): Retry {
    const retry = retryAfter(end, fingerprint(token));
    const isWorthAnother = isTokenRefused(end) && this.#options.credentials.refused(token);
    return isWorthAnother ? { ...retry, level: "warn", limits: AT_ONCE } : retry;
  }

  async #connect(token: string, signal: AbortSignal) {
    const { context, runner } = this.#options;
    this.#connections += 1;
    try {
      return await connectOnce(
        {
          url: this.#options.url,
          token,
          trust: this.#trust,
          hello: () => this.#hello(),
          onBeat: () => this.beat(),
          onWelcome: (welcome, wire) => {
            this.#options.credentials.accepted(token);
            return this.#welcomed(welcome, wire);
          },
          onUpdate: (update) => this.#update(update),
          onAck: (epoch, seq) => this.#acknowledged(epoch, seq),
          onRetell: (retell) => this.#retell(retell),
          onCommand: (frame) => {
            runner.take(frame).catch((error: unknown) => this.#storageFailed(error));
          },
          onCancel: (id) => runner.cancel(id),
          onTick: (serverTime) => this.#forget(serverTime),
          onIgnored: (problem) => this.#ignored(problem),
          onWatch: (id, sessionId) => context.live.watch(id, sessionId),
          onUnwatch: (id) => context.live.unwatch(id),
        },
        signal,
      );
    } finally {
      const sender = this.#sender;
      this.#hasProgressed = sender?.hasProgressed ?? false;
      this.#sender = undefined;
      this.#told = undefined;
      this.#spent?.stop();
      this.#spent = undefined;
      this.#sendNow = undefined;
      context.live.disconnected();
      // L1
      await sender?.stop().catch((error: unknown) => this.#storageFailed(error));
      context.log.debug("link ended");
    }
  }

  async #welcomed(welcome: Welcome, wire: LiveWire): Promise<LinkEnd | undefined> {
    const { context, identity } = this.#options;
    const { store, clock } = context;
    if (this.#isUsable("node secret", welcome.secret)) identity.saveSecret(welcome.secret);
    welcomed(context, welcome);
    const settled = await settleOutbox(context, welcome);
    if (settled.kind === "end") return settled.end; // L2
    const { epoch, after, unsent } = settled;
    const send = (text: string): void => wire.send(text);
    this.#sendNow = send;
    context.live.connected(wire);
    this.#sender = new OutboxSender({
      store,
      clock,
      epoch,
      acknowledged: after,
      send,
      onFailure: (error) => this.#storageFailed(error),
    });
    this.#sender.wake();
    if (welcome.features.includes(TOLD_FEATURE)) this.#told = new ToldSender(context, this.#sender, send);
    this.#told?.show();
    if (welcome.features.includes(LEASES_FEATURE)) this.#spent = new SpentSender(context, this.#options.runner, send);
    this.#spent?.now();
    this.#forget(welcome.serverTime);
    context.log.info({ supervisor: this.#options.url, unsent }, "connected to the supervisor");
    return undefined;
  }

  async #acknowledged(epoch: string, seq: number): Promise<boolean> {
    const isKnown = (await this.#sender?.acknowledged(epoch, seq)) ?? true;
    this.#told?.show();
    return isKnown;
  }

  /** The supervisor has something else of these sessions than was told: opencode says how they are. Protocol §4.11. */
  #retell({ sessions }: Retell): void {
    const { book, followed, log } = this.#options.context;
    log.warn(
      { sessions: sessions.map(({ id }) => id) },
      "the supervisor's log differs from what was told; telling it again",
    );
    book.tellAgain(sessions);
    this.#told?.afterNext();
    followed.onDoubt();
  }

  #update(update: Update): void {
    const { context, credentials } = this.#options;
    takeUpdate(context, update, {
      beat: () => this.beat(),
      saySpent: () => this.#spent?.now(),
      failed: (error) => this.#storageFailed(error),
    });
    if (!this.#isUsable("token", update.authToken)) return;
    keepToken(context, credentials, update.authToken);
    this.beat();
  }

  #forget(serverTime: number): void {
    this.#forgetExecutions(serverTime).catch((error: unknown) => this.#storageFailed(error));
  }

  #hello(): Promise<Hello> {
    const { context, identity, name, labels, credentials } = this.#options;
    const run = { instance: this.#instance, connection: this.#connections, credentialVersion: credentials.version };
    return helloOf(context, { identity, name, labels, ...run });
  }

  async #heartbeat(): Promise<Heartbeat> {
    const { context, resources, credentials } = this.#options;
    return heartbeatOf(context, { resources: await resources(), credentialVersion: credentials.version });
  }

  #storageFailed(error: unknown): void {
    this.#options.context.log.error(
      { error },
      "the agent's database failed; what was not told yet is told again later",
    );
  }
}
