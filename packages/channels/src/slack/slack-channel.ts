import type { WebClient } from "@slack/web-api";
import { type Abilities, type Channel, DeliveryError, type Edit, type Post, type Posted } from "../channel.ts";
import { checkSlack, tokenProblem } from "./check-slack.ts";
import type { SlackEars } from "./hear-slack.ts";
import type { SlackOptions } from "./open-slack.ts";
import { renderSlack } from "./render-slack.ts";
import { slackFailure } from "./slack-failure.ts";

const ABILITIES: Abilities = { edits: true, threads: true, finds: true, buttons: true };
/** what a message is known by, beside its text */
const EVENT_TYPE = "hal_message";
const PAGE = 200;
/** so many pages of a thread are looked through; Slack begins with the oldest */
const MOST_PAGES = 5;

/** Where a session is, as people see it in the list of an agent's sessions. */
export type SlackSessionStatus = "processing" | "active" | "suspended" | "closed";

/** The clients that a channel works with. */
export interface SlackClients {
  readonly bot: WebClient;
  readonly app: WebClient | undefined;
  /** where what people do is heard */
  readonly ears?: SlackEars;
}

/** A text to be sent as a file. */
export interface SlackTextFile {
  readonly place: string;
  readonly thread?: Posted | undefined;
  readonly name: string;
  /** one sign or more */
  readonly text: string;
}

/** Slack. A place is the id of a channel there; what identifies a message there is its `ts`. */
export class SlackChannel implements Channel {
  readonly kind = "slack";
  readonly abilities = ABILITIES;
  readonly #clients: SlackClients;
  readonly #options: SlackOptions;

  /** `openSlack` makes one. */
  constructor(clients: SlackClients, options: SlackOptions) {
    this.#clients = clients;
    this.#options = options;
  }

  check(place: string, signal?: AbortSignal): Promise<readonly string[]> {
    const { bot, app } = this.#clients;
    return unlessAborted(checkSlack(bot, app, place, this.#options), signal);
  }

  post({ ref, place, message, thread }: Post, signal?: AbortSignal): Promise<Posted> {
    return this.#ask(place, signal, async ({ chat }) => {
      const { text, blocks } = renderSlack(message);
      const { ts = "" } = await chat.postMessage({
        channel: place,
        text,
        blocks: [...blocks],
        metadata: { event_type: EVENT_TYPE, event_payload: { ref } },
        unfurl_links: false,
        unfurl_media: false,
        ...(thread === undefined ? {} : { thread_ts: thread.id }),
      });
      return { place, id: ts };
    });
  }

  edit({ posted, message }: Edit, signal?: AbortSignal): Promise<void> {
    const { ping: _, ...quiet } = message;
    return this.#ask(posted.place, signal, async ({ chat }) => {
      const { text, blocks } = renderSlack(quiet);
      await chat.update({ channel: posted.place, ts: posted.id, text, blocks: [...blocks] });
    });
  }

  find(
    { ref, place, thread }: Pick<Post, "ref" | "place" | "thread">,
    signal?: AbortSignal,
  ): Promise<Posted | undefined> {
    return this.#ask(place, signal, async ({ conversations }) => {
      const common = { channel: place, limit: PAGE, include_all_metadata: true };
      let cursor: string | undefined;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const { messages = [], response_metadata } =
          thread === undefined
            ? await conversations.history(common)
            : await conversations.replies({ ...common, ts: thread.id, ...(cursor === undefined ? {} : { cursor }) });
        const found = messages.find((one) => refOf(one) === ref && one.ts !== thread?.id);
        if (found?.ts !== undefined) return { place, id: found.ts };
        cursor = response_metadata?.next_cursor;
        if (thread === undefined || cursor === undefined || cursor === "") return undefined;
      }
      return undefined;
    });
  }

  /**
   * Shows that the session of a thread is at work, or no more; the app has to be declared an agent for it. While it is
   * `processing` people see a button that stops it.
   * @param title of the session, where it is not known yet
   * @returns whether there is that button: the app has to hear the event `agent_session_stopped` for it
   * @throws DeliveryError
   */
  setStatus(thread: Posted, status: SlackSessionStatus, title?: string, signal?: AbortSignal): Promise<boolean> {
    return this.#ask(thread.place, signal, async ({ agents }) => {
      const { place, id } = thread;
      const { warning } = await agents.sessions.setStatus({
        channel_id: place,
        thread_ts: id,
        status,
        ...(title === undefined ? {} : { title: title.toWellFormed().slice(0, 200) }),
      });
      return warning?.includes("missing_agent_session_stopped") !== true;
    });
  }

  /**
   * Sends a text as a file, for what is too long to be a message. Sent twice it is there twice.
   * @throws DeliveryError
   */
  sendFile({ place, thread, name, text }: SlackTextFile, signal?: AbortSignal): Promise<void> {
    return this.#ask(place, signal, async (client) => {
      const file = { filename: name, title: name, content: text.toWellFormed() };
      await client.filesUploadV2(
        thread === undefined ? { ...file, channel_id: place } : { ...file, channel_id: place, thread_ts: thread.id },
      );
    });
  }

  /** Answers a request of Slack, where it is heard by requests. Nothing may have read its body. */
  async fetch(request: Request): Promise<Response> {
    return this.#clients.ears?.fetch(request) ?? new Response("nothing is heard here", { status: 404 });
  }

  /** Done when nothing is heard any more, and all that was heard is done. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#clients.ears?.[Symbol.asyncDispose]();
  }

  async #ask<T>(place: string, signal: AbortSignal | undefined, ask: (client: WebClient) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const problem = tokenProblem(this.#options.botToken);
    if (problem !== undefined) throw new DeliveryError("stopped", problem);
    const asked = ask(this.#clients.bot).catch((error: unknown) => {
      throw slackFailure(error, place);
    });
    return unlessAborted(asked, signal);
  }
}

/** The client library cannot be told to stop; its requests end by themselves after 10 s. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  signal.throwIfAborted();
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, fail) => {
    stop = () => fail(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function refOf({
  metadata,
}: {
  readonly metadata?: { readonly event_type?: string; readonly event_payload?: unknown };
}): unknown {
  if (metadata?.event_type !== EVENT_TYPE) return undefined;
  return (metadata.event_payload as { readonly ref?: unknown } | undefined)?.ref;
}
