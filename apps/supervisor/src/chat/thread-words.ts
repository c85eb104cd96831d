import type { HeardFile, HeardStop, HeardWords } from "@hal/channels";
import type { PromptReply } from "@hal/protocol";
import { cardPosted, newestOfChain } from "@hal/store/supervisor";
import type { ChatKind } from "../capabilities/channels/channel-book.ts";
import { withFiles } from "../capabilities/prompts/domain/sort-files.ts";
import { type ChatDesk, note } from "./chat-desk.ts";
import { type ReadFiles, readFiles } from "./read-files.ts";

/** What people do in the thread of a session: it is meant for that one, and never begins another. */
export class ThreadWords {
  readonly #desk: ChatDesk;

  constructor(desk: ChatDesk) {
    this.#desk = desk;
  }

  /** Words are a prompt, where the configuration says so, with the files that came with them; with `!` in front they go into the turn that runs. */
  async said(kind: ChatKind, heard: HeardWords): Promise<void> {
    const replies = this.#desk.section(kind)?.thread_replies ?? "off";
    const isUrgent = heard.text.trim().startsWith("!");
    const said = heard.text
      .trim()
      .slice(isUrgent ? 1 : 0)
      .trim();
    const ref = await this.#sessionOf(kind, heard);
    if (replies === "off" || (said === "" && heard.files.length === 0) || ref === undefined) return;
    const { files, untaken } = await this.#filesOf(kind, heard);
    const text = withFiles(said === "" ? textOf(heard.files) : said, { texts: [], untaken });
    // what becomes of it the card shows
    const input = {
      ref,
      text,
      delivery: isUrgent ? "steer" : replies,
      wait_ms: 0,
      ...(files.length === 0 ? {} : { files }),
    };
    const answer = await this.#desk.ask(
      { kind, who: heard.who, reply: heard.reply },
      { operation: "sessions.prompt", input, idempotencyKey: `${kind}/${heard.id}`, called: "a prompt" },
    );
    if (answer === undefined) return;
    const missing = [...untaken, ...(answer.output as PromptReply).untaken];
    if (missing.length === 0) return;
    const title = missing.length === 1 ? "A file was not taken" : `${missing.length} files were not taken`;
    const lines = missing.map(({ name, reason }) => `${name}: ${reason}`);
    await heard.reply.tell({ ...note("warn", title), text: lines.join("\n") });
  }

  /** Of somebody who may not prompt anything nothing is fetched. */
  async #filesOf(kind: ChatKind, { who, files }: HeardWords): Promise<ReadFiles> {
    if (!this.#desk.may(kind, who, "sessions.prompt")) return { files: [], untaken: [] };
    const { mostFileBytes, stopping } = this.#desk.context;
    return readFiles(files, mostFileBytes(), stopping);
  }

  /** Somebody pressed the platform's own button that stops a session. */
  async stopped(kind: ChatKind, heard: HeardStop): Promise<void> {
    const ref = await this.#sessionOf(kind, heard);
    if (ref === undefined) return;
    await this.#desk.ask(
      { kind, who: heard.who, reply: heard.reply },
      { operation: "sessions.abort", input: { ref }, idempotencyKey: `${kind}/${heard.id}`, called: "stop" },
    );
  }

  /** The session of a thread, after restarts the one that lives; undefined where the thread is of something else, or nobody's of ours. */
  async #sessionOf(kind: ChatKind, { thread }: HeardWords | HeardStop): Promise<string | undefined> {
    const { store, channels } = this.#desk.context;
    const here = channels.all
      .filter((one) => one.channel.kind === kind && one.place === thread.place)
      .map(({ name }) => name);
    const [subject, nodeId = "", ...session] = (cardPosted(store, here, thread.id)?.subject ?? "").split("/");
    if (subject !== "session") return undefined;
    const id = session.join("/");
    return (await newestOfChain(store, { nodeId, id }))?.id ?? id;
  }
}

/** What somebody says who only sends files. */
function textOf(files: readonly HeardFile[]): string {
  return `Look at ${files.length === 1 ? "this file" : "these files"}: ${files.map(({ name }) => name).join(", ")}`;
}
