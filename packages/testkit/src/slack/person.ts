import { isRecord } from "./checks.ts";
import type { SlackOutcome, SlackPayload } from "./delivery.ts";
import { commandPayload, pressPayload, type SlackPersonName, submitPayload } from "./payloads.ts";
import { BOT_USER, type SlackMessage, type SlackModal, type SlackWorkspace } from "./workspace.ts";

/** What a person needs of the double. */
export interface SlackPersonParts {
  readonly workspace: SlackWorkspace;
  readonly tell: (payload: SlackPayload) => Promise<SlackOutcome>;
  readonly tellEvent: (event: Readonly<Record<string, unknown>>) => Promise<SlackOutcome>;
  readonly responseUrl: (right: string) => string;
}

/** How something is done that a person does. */
export interface SlackManner {
  /** it reaches the app when the person was told already that it failed, and its rights are over */
  readonly isLate?: boolean;
}

const LATE_MS = 10 * 60_000;

/** A file that a person sends along. */
export interface SlackSentFile {
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
  readonly url: (id: string) => string;
}

/** Somebody in the workspace, who presses, types and says things. */
export class SlackPerson {
  readonly id: string;
  readonly name: string;
  readonly #parts: SlackPersonParts;

  constructor({ id, name }: SlackPersonName, parts: SlackPersonParts) {
    this.id = id;
    this.name = name;
    this.#parts = parts;
  }

  /** Types a command, such as `/hal status`. */
  async command(channel: string, typed: string, manner: SlackManner = {}): Promise<SlackOutcome> {
    const [command = "", ...words] = typed.split(" ");
    const right = this.#grant(channel, undefined, manner);
    const url = this.#parts.responseUrl(right.id);
    const payload = commandPayload(this, this.#channel(channel), command, words.join(" "), right, url);
    const outcome = await this.#parts.tell(payload);
    this.#show(channel, outcome.answer);
    return outcome;
  }

  /** Presses the button with this id; of a message that has none, what a forger would send all the same. */
  press(message: SlackMessage, actionId: string, manner: SlackManner = {}): Promise<SlackOutcome> {
    const right = this.#grant(message.channel, message, manner);
    const element = buttonIn(message.blocks, actionId) ?? {
      action_id: actionId,
      text: { type: "plain_text", text: "?" },
    };
    const url = this.#parts.responseUrl(right.id);
    return this.#parts.tell(pressPayload(this, this.#channel(message.channel), message, element, right, url));
  }

  /** Fills a form, by the ids of its input blocks, and sends it off. */
  async submit(modal: SlackModal, values: Readonly<Record<string, unknown>>): Promise<SlackOutcome> {
    const outcome = await this.#parts.tell(submitPayload(this, modal, values, this.#grant("", undefined, {})));
    const keepsOpen = isRecord(outcome.answer) && outcome.answer["response_action"] === "errors";
    const { modals } = this.#parts.workspace;
    if (outcome.outcome === "acknowledged" && !keepsOpen) modals.splice(modals.indexOf(modal), 1);
    return outcome;
  }

  /** Says something in a channel, or in the thread of a message; who calls the app by `<@U0HAL>` is told to it as that, too. */
  async say(channel: string, text: string, thread?: string, file?: SlackSentFile): Promise<readonly SlackOutcome[]> {
    const { workspace, tellEvent } = this.#parts;
    const files = file === undefined ? [] : [this.#keep(file)];
    const ids = files.map(({ id }) => id);
    const message = workspace.say({ channel, user: this.id, text, threadTs: thread, files: ids });
    const event = {
      user: this.id,
      text,
      ts: message.ts,
      channel,
      channel_type: this.#isPrivate(channel) ? "group" : "channel",
      event_ts: message.ts,
      ...(thread === undefined
        ? {}
        : { thread_ts: thread, parent_user_id: workspace.messageAt(channel, thread)?.user }),
      ...(files.length === 0 ? {} : { files, subtype: "file_share" }),
    };
    const said = tellEvent({ type: "message", ...event });
    if (!text.includes(`<@${BOT_USER}>`)) return [await said];
    const { channel_type: _, ...mention } = event;
    return Promise.all([said, tellEvent({ type: "app_mention", ...mention })]);
  }

  /** Presses the stop button of an agent session. */
  stop(channel: string, thread: string): Promise<SlackOutcome> {
    const { workspace, tellEvent } = this.#parts;
    return tellEvent({
      type: "agent_session_stopped",
      channel,
      thread_ts: thread,
      user: this.id,
      streaming_message_ts: [],
      event_ts: `${Math.floor(workspace.now() / 1_000)}.${workspace.name("")}`,
    });
  }

  #grant(channel: string, origin: SlackMessage | undefined, { isLate = false }: SlackManner) {
    const { workspace } = this.#parts;
    return workspace.grant(this.id, channel, origin, workspace.now() - (isLate ? LATE_MS : 0));
  }

  #channel(id: string): SlackPersonName {
    return { id, name: this.#parts.workspace.channels.get(id)?.name ?? "unknown" };
  }

  #isPrivate(channel: string): boolean {
    return this.#parts.workspace.channels.get(channel)?.isPrivate ?? false;
  }

  #keep({ name, mimeType, bytes, url }: SlackSentFile) {
    const { workspace } = this.#parts;
    const id = workspace.name("F");
    workspace.files.set(id, { id, name, bytes, channel: undefined, threadTs: undefined });
    return { id, name, mimetype: mimeType, size: bytes.byteLength, url_private_download: url(id), mode: "hosted" };
  }

  /** What a command is acknowledged with is shown to whoever typed it. */
  #show(channel: string, answer: unknown): void {
    if (!isRecord(answer) || typeof answer["text"] !== "string") return;
    const { text, blocks, response_type } = answer;
    this.#parts.workspace.say({
      channel,
      user: BOT_USER,
      isOwn: true,
      text,
      blocks: Array.isArray(blocks) ? blocks : [],
      ephemeralTo: response_type === "in_channel" ? undefined : this.id,
    });
  }
}

function buttonIn(blocks: readonly unknown[], actionId: string): Readonly<Record<string, unknown>> | undefined {
  return blocks
    .flatMap((block) =>
      isRecord(block) && Array.isArray(block["elements"]) ? (block["elements"] as readonly unknown[]) : [],
    )
    .find((element): element is Record<string, unknown> => isRecord(element) && element["action_id"] === actionId);
}
