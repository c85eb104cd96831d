import {
  type EventView,
  livePieceOf,
  type LivePiece,
  LiveText,
  type MessageView,
  parseEvent,
  type WatchItem,
} from "@hal/protocol";
import { clockTime } from "@hal/words";
import type { Session } from "../../../session.ts";
import { note, printText } from "../../../output/print.ts";
import { type Said, said } from "../../../output/said.ts";

/** How many messages are remembered, for what the log says of them later. */
const REMEMBERED = 200;

/** A message as the log has it. */
export type FinalMessage = Pick<MessageView, "id" | "role" | "state" | "model" | "text" | "cut" | "tools" | "error"> & {
  readonly created_at: string;
};

interface ShownPart {
  readonly kind: LivePiece["kind"];
  text: string;
  /** where its next text belongs */
  next: number;
}

interface ShownMessage {
  who: string;
  readonly parts: Map<string, ShownPart>;
  /** the log has told it */
  isFinal: boolean;
}

/**
 * Shows a conversation while it is written. The live lane may lose text, the log does not: what of a message was not
 * shown when it is final is shown then.
 */
export class WatchScreen {
  readonly #session: Session;
  readonly #live = new LiveText();
  readonly #reader = this.#live.reader();
  readonly #messages = new Map<string, ShownMessage>();
  #isLineOpen = false;
  /** the message and the part that the last line belongs to */
  #message: string | undefined;
  #part: string | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Shows what the live lane says. */
  live(item: WatchItem): void {
    const piece = livePieceOf(item);
    if (piece === undefined) return;
    this.#live.write(piece);
    for (let next = this.#reader.next(); next !== undefined; next = this.#reader.next()) this.#show(next);
  }

  /** Shows what the log has of a message and nothing has shown yet. */
  final(message: FinalMessage): void {
    const { id, text, state, error, tools } = message;
    const isNew = !this.#messages.has(id);
    const shown = this.#of(id, message.role === "user" ? "user" : (message.model ?? "assistant"));
    const heard = [...shown.parts.values()].map((part) => (part.kind === "text" ? part.text : "")).join("");
    const rest = text.startsWith(heard) ? text.slice(heard.length) : text.trimEnd() === heard.trimEnd() ? "" : text;
    const at = Date.parse(message.created_at);
    if (isNew) {
      this.#enter(id, shown.who, at);
      for (const tool of tools) this.#tool(tool);
    }
    if (rest.trim() !== "") {
      this.#enter(id, shown.who, at);
      if (rest === text) this.endLine();
      this.#write(message.cut ? `${rest} … (cut)` : rest);
    }
    this.endLine();
    if (!shown.isFinal && state !== "complete") this.#write(said`  [${state}]\n`);
    if (!shown.isFinal && error !== null) this.#write(said`  ✗ ${error.name}: ${error.message}\n`);
    shown.isFinal = true;
    shown.parts.clear();
    shown.parts.set("", { kind: "text", text, next: text.length });
  }

  /** Tells a person what happens beside the text. */
  say(text: Said): void {
    this.endLine();
    note(this.#session, text);
  }

  /** Ends a line that is half written. */
  endLine(): void {
    if (this.#isLineOpen) this.#write("\n");
    this.#part = undefined;
  }

  #show(piece: LivePiece): void {
    const { kind, messageId, end } = piece;
    const shown = this.#of(messageId, piece.model ?? "assistant");
    if (shown.isFinal) return;
    if (kind === "message") {
      shown.who = piece.model ?? shown.who;
      if (end) this.endLine();
      else this.#enter(messageId, shown.who);
    } else if (kind !== "tool") {
      this.#text(shown, piece);
    } else if (piece.status !== "pending") {
      this.#enter(messageId, shown.who);
      this.#tool({ tool: piece.tool ?? "?", title: piece.title ?? "", status: piece.status ?? "?" });
    }
  }

  #text(shown: ShownMessage, { kind, messageId, partId, offset, text, end, cut }: LivePiece): void {
    const known = shown.parts.get(partId);
    const part = known ?? { kind, text: "", next: offset };
    shown.parts.set(partId, part);
    if (text !== "") {
      this.#enter(messageId, shown.who);
      const isAnother = part.next !== offset;
      if (this.#part !== partId || isAnother) {
        this.endLine();
        if (kind === "reasoning") this.#write("  thinking: ");
        if (cut && (known === undefined || isAnother)) this.#write("… ");
      }
      this.#part = partId;
      this.#write(text);
      part.text = isAnother ? text : part.text + text;
      part.next = offset + text.length;
    }
    if (end && this.#part === partId) this.endLine();
  }

  #tool({ tool, title, status }: MessageView["tools"][number]): void {
    this.endLine();
    this.#write(said`  ⚙ ${tool}${title === "" ? "" : ` ${title.replaceAll(/\s+/g, " ")}`} (${status})\n`);
  }

  /** Heads what follows with whose message it is, unless the last line was of it. */
  #enter(messageId: string, who: string, at = this.#session.terminal.now()): void {
    if (this.#message === messageId) return;
    this.endLine();
    const time = clockTime(new Date(at).toISOString(), this.#session.terminal.now());
    this.#write(said`── ${who}  ${time}\n`);
    this.#message = messageId;
  }

  #of(messageId: string, who: string): ShownMessage {
    const shown = this.#messages.get(messageId) ?? { who, parts: new Map<string, ShownPart>(), isFinal: false };
    this.#messages.set(messageId, shown);
    for (const oldest of this.#messages.keys()) {
      if (this.#messages.size <= REMEMBERED) break;
      this.#messages.delete(oldest);
    }
    return shown;
  }

  #write(text: string): void {
    printText(this.#session.terminal, text);
    this.#isLineOpen = !text.endsWith("\n");
  }
}

/** The message that an event tells, as a conversation has it; undefined for any other event. */
export function finalMessageOf({ type, data, timestamp }: EventView): FinalMessage | undefined {
  const parsed = parseEvent({ type, data, at: Date.parse(timestamp) });
  if (parsed.kind !== "known" || parsed.event.type !== "session.message") return undefined;
  const { messageId, role, state, model = null, text, cut, tools, error = null, createdAt } = parsed.event.data;
  const created = new Date(createdAt).toISOString();
  return { id: messageId, role, state, model, text, cut, tools, error, created_at: created };
}
