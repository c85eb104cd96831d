import type { HeardStop, HeardWords } from "@hal/channels";
import { cardPosted } from "@hal/store/supervisor";
import type { ChatKind } from "../capabilities/channels/channel-book.ts";
import type { ChatDesk } from "./chat-desk.ts";

/** What people do in the thread of a session: it is meant for that one, and never begins another. */
export class ThreadWords {
  readonly #desk: ChatDesk;

  constructor(desk: ChatDesk) {
    this.#desk = desk;
  }

  /** Words are a prompt, where the configuration says so; with `!` in front they go into the turn that runs. */
  async said(kind: ChatKind, heard: HeardWords): Promise<void> {
    const replies = this.#desk.section(kind)?.thread_replies ?? "off";
    const isUrgent = heard.text.trim().startsWith("!");
    const text = heard.text
      .trim()
      .slice(isUrgent ? 1 : 0)
      .trim();
    const ref = this.#sessionOf(kind, heard);
    if (replies === "off" || text === "" || ref === undefined) return;
    const input = { ref, text, delivery: isUrgent ? "steer" : replies };
    await this.#desk.ask(
      { kind, who: heard.who, reply: heard.reply },
      { operation: "sessions.prompt", input, idempotencyKey: `${kind}/${heard.id}`, called: "a prompt" },
    );
  }

  /** Somebody pressed the platform's own button that stops a session. */
  async stopped(kind: ChatKind, heard: HeardStop): Promise<void> {
    const ref = this.#sessionOf(kind, heard);
    if (ref === undefined) return;
    await this.#desk.ask(
      { kind, who: heard.who, reply: heard.reply },
      { operation: "sessions.abort", input: { ref }, idempotencyKey: `${kind}/${heard.id}`, called: "stop" },
    );
  }

  /** The session of a thread; undefined where the thread is of something else, or nobody's of ours. */
  #sessionOf(kind: ChatKind, { thread }: HeardWords | HeardStop): string | undefined {
    const { store, channels } = this.#desk.context;
    const here = channels.all
      .filter((one) => one.channel.kind === kind && one.place === thread.place)
      .map(({ name }) => name);
    const [subject, , ...session] = (cardPosted(store, here, thread.id)?.subject ?? "").split("/");
    return subject === "session" ? session.join("/") : undefined;
  }
}
