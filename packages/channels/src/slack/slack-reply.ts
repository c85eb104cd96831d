import type { WebClient } from "@slack/web-api";
import { DeliveryError, type Posted } from "../channel.ts";
import type { Reply } from "../inbound.ts";
import type { Message } from "../message.ts";
import { type RenderedSlack, renderSlack } from "./render-slack.ts";
import { slackFailure } from "./slack-failure.ts";

const MOST_RESPONSES = 5;
const TIMEOUT_MS = 10_000;

export interface SlackReplyTo {
  readonly user: string;
  readonly place: string;
  readonly thread: Posted | undefined;
  /** where a command is answered, also in channels that the app is not in: five times in half an hour */
  readonly responseUrl?: string | undefined;
  /** the message whose button was pressed, and where another one is put in its place */
  readonly pressed?: { readonly message: Posted; readonly responseUrl: string | undefined } | undefined;
}

/** Answers somebody on Slack. */
export class SlackReply implements Reply {
  readonly #client: WebClient;
  readonly #to: SlackReplyTo;
  #responses = 0;

  constructor(client: WebClient, to: SlackReplyTo) {
    this.#client = client;
    this.#to = to;
  }

  async tell(message: Message, signal?: AbortSignal): Promise<void> {
    const rendered = renderSlack(message);
    const { responseUrl, user } = this.#to;
    if (await this.#respond(responseUrl, { response_type: "ephemeral", ...rendered }, signal)) return;
    await this.#ask((common) => this.#client.chat.postEphemeral({ ...common, ...open(rendered), user }));
  }

  async say(message: Message, signal?: AbortSignal): Promise<void> {
    const rendered = renderSlack(message);
    if (await this.#respond(this.#to.responseUrl, { response_type: "in_channel", ...rendered }, signal)) return;
    const quiet = { unfurl_links: false, unfurl_media: false };
    await this.#ask((common) => this.#client.chat.postMessage({ ...common, ...open(rendered), ...quiet }));
  }

  async replace(message: Message, signal?: AbortSignal): Promise<void> {
    const { pressed } = this.#to;
    if (pressed === undefined) return this.tell(message, signal);
    const { ping: _, ...quiet } = message;
    const rendered = renderSlack(quiet);
    if (await this.#respond(pressed.responseUrl, { replace_original: true, ...rendered }, signal)) return;
    const { id } = pressed.message;
    await this.#ask(({ channel }) => this.#client.chat.update({ channel, ts: id, ...open(rendered) }));
  }

  /** Whether it could be said by a response_url. */
  async #respond(url: string | undefined, said: object, signal: AbortSignal | undefined): Promise<boolean> {
    signal?.throwIfAborted();
    if (url === undefined || this.#responses >= MOST_RESPONSES) return false;
    this.#responses += 1;
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ replace_original: false, ...said }),
        redirect: "error",
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      await response.body?.cancel();
      return response.ok;
    } catch (cause) {
      signal?.throwIfAborted();
      throw new DeliveryError("again", "Slack could not be reached with an answer", { cause, isUncertain: true });
    }
  }

  async #ask(
    ask: (
      common: { readonly channel: string } | { readonly channel: string; readonly thread_ts: string },
    ) => Promise<unknown>,
  ): Promise<void> {
    const { place, thread } = this.#to;
    try {
      await ask({ channel: place, ...(thread === undefined ? {} : { thread_ts: thread.id }) });
    } catch (error) {
      throw slackFailure(error, place);
    }
  }
}

function open({ text, blocks }: RenderedSlack) {
  return { text, blocks: [...blocks] };
}
