import { setTimeout as delay } from "node:timers/promises";
import type { SocketModeReceiver } from "@slack/bolt";
import type { ConnectionState } from "../inbound.ts";
import { appTokenProblem } from "./check-slack.ts";
import { slackErrorOf, slackFailure } from "./slack-failure.ts";

const HELLO_MS = 15_000;
const CLOSE_MS = 1_000;
/** a connection that lived so long is followed by another one at once */
const STEADY_MS = 5_000;
const MOST_WAIT_MS = 30_000;
/** after what only a person can mend, it is looked now and then whether they did */
const STOPPED_WAIT_MS = 5 * 60_000;

/** What Slack says where trying again does not help. */
const STOPPING = [
  "not_authed",
  "invalid_auth",
  "account_inactive",
  "user_removed_from_team",
  "team_disabled",
  "token_revoked",
  "token_expired",
  "missing_scope",
  "not_allowed_token_type",
];

type Receiver = Pick<SocketModeReceiver, "client" | "start">;

/**
 * Keeps one Socket Mode connection, which Slack ends about every hour.
 * C1. The client library reconnects by itself never: it would wait five seconds, in which commands fail, and what fails then is
 *     thrown inside a timer of its own, which ends the process.
 * C2. What changed is told, and once.
 */
export class SlackConnection implements AsyncDisposable {
  readonly #receiver: Receiver;
  readonly #tell: (state: ConnectionState) => void;
  readonly #closing = new AbortController();
  readonly #kept: Promise<void>;
  #told = "";
  #ended = (): void => undefined;

  constructor(receiver: Receiver, tell: (state: ConnectionState) => void) {
    this.#receiver = receiver;
    this.#tell = tell;
    receiver.client.on("disconnected", () => this.#ended());
    this.#kept = this.#keep();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    const { client } = this.#receiver;
    // asked once more it waits for no answer
    const timer = setTimeout(() => void client.disconnect(), CLOSE_MS);
    await client.disconnect();
    clearTimeout(timer);
    await this.#kept;
  }

  async #keep(): Promise<void> {
    const { client } = this.#receiver;
    const { signal } = this.#closing;
    let failures = 0;
    while (!signal.aborted) {
      const from = performance.now();
      try {
        const ended = new Promise<void>((resolve) => (this.#ended = resolve));
        await this.#connect();
        this.#change({ kind: "connected" });
        // closed while it was being opened
        if (signal.aborted) await client.disconnect();
        await ended;
        if (performance.now() - from > STEADY_MS) failures = 0;
        else failures += 1;
        // the first one after a while is opened at once
        if (failures > 1) await this.#wait(waitMs(failures));
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        const isStopped = STOPPING.includes(slackErrorOf(error) ?? "");
        if (isStopped) this.#change({ kind: "stopped", why: appTokenProblem(error) });
        else this.#change({ kind: "lost", why: whyOf(error) });
        await this.#wait(isStopped ? STOPPED_WAIT_MS : waitMs(failures));
      }
    }
  }

  async #connect(): Promise<void> {
    const { client } = this.#receiver;
    // one that is opened and never greeted would be waited for without end
    const timer = setTimeout(() => void client.disconnect(), HELLO_MS);
    try {
      await this.#receiver.start();
    } finally {
      clearTimeout(timer);
    }
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

/** Half a second, 1 s, 2 s, to half a minute, and up to as much more, so that not all come back together. */
function waitMs(failures: number): number {
  return Math.min(250 * 2 ** failures, MOST_WAIT_MS) * (1 + Math.random());
}

function whyOf(error: unknown): string {
  return error === undefined ? "Slack ended the connection before it began" : slackFailure(error, "").message;
}
