import { setTimeout as delay } from "node:timers/promises";
import type { WebSocketManager } from "@discordjs/ws";
import type { ConnectionState } from "../inbound.ts";
import { BAD_TOKEN, discordFailure } from "./discord-failure.ts";

const MOST_WAIT_MS = 30_000;
/** after what only a person can mend, it is looked now and then whether they did; Discord allows 1,000 sessions a day */
const STOPPED_WAIT_MS = 10 * 60_000;
/** a connection that comes back within so long was never away; a new session takes more than five seconds */
const LOST_AFTER_MS = 10_000;
const CLOSE_MS = 1_500;

/** With these codes Discord ends a session for good. */
const STOPPING: Readonly<Record<number, string>> = {
  4004: BAD_TOKEN,
  4010: "Discord refuses the shard of this app: ask who maintains it",
  4011: "the app is on too many servers for one connection: make one of its own for this server",
  4012: "Discord has this version of its gateway no more: update the supervisor",
  4013: "Discord does not know an intent of this app: update the supervisor",
  4014: "Discord does not let the app read messages: turn on Message Content Intent under Bot in the Developer Portal",
};

/** What a manager of the client library is used for. */
type Manager = Pick<WebSocketManager, "connect" | "destroy" | "fetchStatus" | "fetchGatewayInformation" | "on">;

/**
 * Keeps one session with the gateway.
 * C1. The client library comes back by itself from all but the codes of STOPPING, after which it is silent.
 * C2. What changed is told, and once.
 */
export class DiscordConnection implements AsyncDisposable {
  readonly #make: () => Manager;
  readonly #hear: (name: string, data: unknown) => void;
  readonly #tell: (state: ConnectionState) => void;
  readonly #closing = new AbortController();
  readonly #kept: Promise<void>;
  #told = "";
  #losing: NodeJS.Timeout | undefined;

  constructor(
    make: () => Manager,
    hear: (name: string, data: unknown) => void,
    tell: (state: ConnectionState) => void,
  ) {
    this.#make = make;
    this.#hear = hear;
    this.#tell = tell;
    this.#kept = this.#keep();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#losing);
    await this.#kept;
  }

  async #keep(): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 0; !signal.aborted;) {
      const manager = this.#make();
      try {
        // waited for by itself: from here on nothing is left open by giving up
        await manager.fetchGatewayInformation();
        const why = await this.#session(manager);
        if (signal.aborted) return;
        this.#change({ kind: "stopped", why });
        await this.#wait(STOPPED_WAIT_MS);
      } catch (error) {
        if (signal.aborted) return;
        const isStopped = (error as { readonly status?: number }).status === 401;
        failures += 1;
        if (isStopped) this.#change({ kind: "stopped", why: BAD_TOKEN });
        else this.#change({ kind: "lost", why: discordFailure(error, "").message });
        await this.#wait(isStopped ? STOPPED_WAIT_MS : waitMs(failures));
      }
    }
  }

  /** One session, as long as it lives; why it ended for good. */
  async #session(manager: Manager): Promise<string> {
    const { signal } = this.#closing;
    let hasEnded = false;
    const ended = new Promise<string>((resolve) => {
      signal.addEventListener("abort", () => resolve(""), { once: true });
      manager.on("closed", ({ code }: { readonly code: number }) => {
        const why = STOPPING[code];
        hasEnded ||= why !== undefined;
        if (why === undefined) this.#losingSoon();
        else resolve(why); // C1
      });
    });
    const back = (): void => {
      clearTimeout(this.#losing);
      if (!signal.aborted) this.#change({ kind: "connected" });
    };
    manager.on("ready", back);
    manager.on("resumed", back);
    manager.on("error", () => undefined);
    manager.on("dispatch", ({ data }: { readonly data: { readonly t: string; readonly d: unknown } }) => {
      if (!signal.aborted) this.#hear(data.t, data.d);
    });
    if (signal.aborted) return "";
    // its own failure comes before the code that says why
    const connected = manager.connect().catch(() => undefined);
    const why = await ended;
    clearTimeout(this.#losing);
    if (!hasEnded) await this.#close(manager, connected);
    return why;
  }

  /** A session that is just coming back cannot be ended: it is waited for, for a moment. */
  async #close(manager: Manager, connected: Promise<unknown>): Promise<void> {
    await Promise.race([connected, delay(CLOSE_MS)]);
    const until = performance.now() + CLOSE_MS;
    while (performance.now() < until) {
      const statuses = [...(await manager.fetchStatus()).values()] as readonly number[];
      if (statuses.every((status) => status === READY)) break;
      await delay(20);
    }
    await manager.destroy({ reason: "closing" });
  }

  #losingSoon(): void {
    clearTimeout(this.#losing);
    if (this.#closing.signal.aborted) return;
    const why = "the connection to Discord broke, and has not come back yet";
    this.#losing = setTimeout(() => this.#change({ kind: "lost", why }), LOST_AFTER_MS);
  }

  #change(state: ConnectionState): void {
    const key = state.kind === "connected" ? "" : state.why;
    if (this.#told === state.kind + key) return;
    this.#told = state.kind + key;
    this.#tell(state);
  }

  async #wait(ms: number): Promise<void> {
    try {
      await delay(ms, undefined, { signal: this.#closing.signal });
    } catch {
      // closed meanwhile, which the loop sees
    }
  }
}

const READY = 3;

/** Half a second, 1 s, 2 s, to half a minute, and up to as much more, so that not all come back together. */
function waitMs(failures: number): number {
  return Math.min(250 * 2 ** failures, MOST_WAIT_MS) * (1 + Math.random());
}
