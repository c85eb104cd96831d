import type { App, ReceiverEvent } from "@slack/bolt";
import type { WebClient } from "@slack/web-api";
import type { Form } from "../form.ts";
import type { Heard, HeardCommand, HeardPress, Listener } from "../inbound.ts";
import {
  readSlackCommand,
  readSlackEvent,
  readSlackForms,
  readSlackPress,
  type SlackHeard,
  type SlackOrigin,
} from "./read-slack-body.ts";
import { isOfSlack } from "./is-of-slack.ts";
import { renderSlackForm } from "./render-slack-form.ts";
import { slackFile, type SlackFileAccess } from "./slack-file.ts";
import { slackErrorOf, slackFailure } from "./slack-failure.ts";
import { SlackReply } from "./slack-reply.ts";
import { Turns } from "../turns.ts";

const REMEMBERED = 5_000;

/**
 * Hears what people do on Slack.
 * H1. It is acknowledged before anything else is done with it.
 * H2. What Slack tells more than once is heard once, as long as it is among the last 5,000.
 */
export class SlackInbox {
  readonly #bot: WebClient;
  readonly #listener: Listener;
  readonly #access: SlackFileAccess;
  readonly #seen = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  readonly #turns = new Turns();
  #app: App | undefined;

  constructor(bot: WebClient, listener: Listener, access: SlackFileAccess) {
    this.#bot = bot;
    this.#listener = listener;
    this.#access = access;
  }

  /** Has it said by Bolt which of the things it is that people do. */
  route(app: App): void {
    this.#app = app;
    const hear = (heard: SlackHeard | undefined) => this.#hear(heard);
    app.command(/.*/, ({ body }) => hear(readSlackCommand(body)));
    app.action({ type: "block_actions" }, ({ body }) =>
      hear(readSlackPress(body as Parameters<typeof readSlackPress>[0])),
    );
    app.view({ type: "view_submission" }, ({ body }) =>
      hear(readSlackForms(body as Parameters<typeof readSlackForms>[0])),
    );
    for (const type of ["app_mention", "message", "agent_session_stopped"])
      app.event(type, ({ body }) => hear(readSlackEvent(body as Parameters<typeof readSlackEvent>[0])));
    app.error(async (error) => this.#listener.failed?.(error));
  }

  /** Takes what a receiver has; it is done when it is acknowledged, while the work goes on. */
  take(event: ReceiverEvent): void {
    const work = this.#work(event).catch((error: unknown) => this.#listener.failed?.(error));
    const done = work.finally(() => void this.#running.delete(done));
    this.#running.add(done);
  }

  /** Done when all that was heard is done. */
  async settle(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #work(event: ReceiverEvent): Promise<void> {
    await event.ack(); // H1
    await this.#turns.next();
    await this.#app?.processEvent({ ...event, ack: async () => undefined });
  }

  async #hear(heard: SlackHeard | undefined): Promise<void> {
    if (heard === undefined || this.#seen.has(heard.id)) return; // H2
    this.#seen.add(heard.id);
    const [oldest] = this.#seen;
    if (this.#seen.size > REMEMBERED && oldest !== undefined) this.#seen.delete(oldest);
    const whole = this.#whole(heard);
    try {
      const form = opensForm(whole, heard) ? this.#listener.formFor?.(whole) : undefined;
      if (form === undefined) await this.#listener.heard(whole);
      else await this.#open(form, heard);
    } catch (error) {
      this.#listener.failed?.(error);
      await whole.reply.tell(WRONG).catch((again: unknown) => this.#listener.failed?.(again));
    }
  }

  #whole(heard: SlackHeard): Heard {
    const reply = this.#replyTo(heard);
    if (heard.kind !== "words") return { ...heard, reply };
    return { ...heard, reply, files: heard.files.map((facts) => slackFile(facts, this.#access)) };
  }

  #replyTo(heard: SlackHeard): SlackReply {
    const { who, place, thread } = heard;
    const to = { user: who.id, place, thread };
    const url = "responseUrl" in heard ? heard.responseUrl : undefined;
    const responseUrl = url !== undefined && isOfSlack(url, this.#access.apiUrl) ? url : undefined;
    if (heard.kind !== "press") return new SlackReply(this.#bot, { ...to, responseUrl });
    return new SlackReply(this.#bot, { ...to, pressed: { message: heard.message, responseUrl } });
  }

  /** A form opens within three seconds of what somebody did, or not at all. */
  async #open(form: Form, heard: SlackHeard): Promise<void> {
    const { place, thread } = heard;
    const message = heard.kind === "press" ? heard.message.id : undefined;
    const origin: SlackOrigin = { place, thread: thread?.id, message };
    const view = renderSlackForm(form, JSON.stringify(origin));
    try {
      await this.#bot.views.open({ trigger_id: ("trigger" in heard ? heard.trigger : undefined) ?? "", view });
    } catch (error) {
      if (!TOO_LATE.includes(slackErrorOf(error) ?? "")) throw slackFailure(error, place);
      await this.#replyTo(heard).tell(LATE);
    }
  }
}

/** A form opens from a command and a press; a mention comes as an event, from which none does. */
function opensForm(whole: Heard, heard: SlackHeard): whole is HeardCommand | HeardPress {
  return (whole.kind === "command" || whole.kind === "press") && "trigger" in heard && heard.trigger !== undefined;
}

const TOO_LATE = ["expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"];
const LATE = { title: "that took too long for Slack: try it once more", tone: "warn" } as const;
const WRONG = { title: "that went wrong here; the log of the supervisor says why", tone: "bad" } as const;
