import { LIMITS, type LivePiece, type LiveReader, LiveText } from "@hal/protocol";
import type { SourceFact, SourceMessage, SourcePart } from "../../../domain/source-fact.ts";
import { finalState } from "../../sessions/domain/messages/message-assembly.ts";

/** How many messages that ended are remembered, so that what comes late of them is not taken for news. */
const REMEMBERED = 200;

/** What came of an event: whose text changed, and whether something of it ended. */
interface Heard {
  readonly sessionId: string;
  readonly isEnd: boolean;
}

/**
 * The text of all messages that are being written on this node. It is kept whether or not somebody watches, because
 * opencode itself tells the text of a part only as deltas and once more, whole, at its end.
 */
export class LiveTexts {
  /** the session that was quiet for longest comes first */
  readonly #texts = new Map<string, LiveText>();
  readonly #ended = new Set<string>();

  /** Reads the text of one session. */
  reader(sessionId: string): LiveReader {
    return this.#open(sessionId).reader();
  }

  /** Takes in what is said; undefined where it says nothing of a text in progress. */
  hear(fact: SourceFact): Heard | undefined {
    switch (fact.kind) {
      case "delta":
        return this.#delta(fact);
      case "part":
        return this.#part(fact.sessionId, fact.part);
      case "message":
        return this.#message(fact.sessionId, fact.message);
      case "deleted":
        this.#texts.get(fact.sessionId)?.clear();
        return undefined;
      default:
        return undefined;
    }
  }

  /** Takes in what is there of a message in progress, where nothing was heard of it. */
  recall(sessionId: string, message: SourceMessage, parts: readonly SourcePart[]): void {
    if (message.role !== "assistant" || finalState(message) !== undefined) return;
    if (this.#ended.has(message.id) || this.#texts.get(sessionId)?.has(message.id) === true) return;
    this.#message(sessionId, message);
    for (const part of parts)
      // what a part says that was begun is heard when it goes on
      if (part.kind === "tool" || (part.kind !== "other" && part.isWhole)) this.#part(sessionId, part);
  }

  /** Forgets everything: events were missed. */
  clear(): void {
    for (const text of this.#texts.values()) text.clear();
  }

  #delta({ sessionId, messageId, partId, text }: Extract<SourceFact, { kind: "delta" }>): Heard | undefined {
    if (this.#ended.has(messageId)) return undefined;
    const known = this.#texts.get(sessionId)?.get(partId);
    this.#write(sessionId, {
      kind: known?.kind ?? "text",
      messageId,
      partId,
      offset: known === undefined ? 0 : known.offset + known.text.length,
      text,
      end: false,
      // the first that is heard of a part is its beginning, not a delta
      cut: known?.cut ?? true,
    });
    return { sessionId, isEnd: false };
  }

  #part(sessionId: string, part: SourcePart): Heard | undefined {
    const { id: partId, messageId, kind } = part;
    const text = this.#texts.get(sessionId);
    // the user's own parts are whole when they come
    if (text === undefined || !(text.has(messageId) || text.has(partId))) return undefined;
    if (kind === "tool") {
      const { tool, status = "pending", title = part.about } = part;
      const end = status === "completed" || status === "error";
      const about = { tool, title: title.slice(0, 200), status };
      this.#write(sessionId, { kind, messageId, partId, offset: 0, text: "", cut: false, end, ...about });
      return { sessionId, isEnd: end };
    }
    if (kind === "other" || !part.isSaid) return undefined;
    if (!part.isWhole && text.has(partId)) return undefined;
    this.#write(sessionId, { kind, messageId, partId, offset: 0, text: part.text, end: part.isWhole, cut: false });
    return { sessionId, isEnd: part.isWhole };
  }

  #message(sessionId: string, message: SourceMessage): Heard | undefined {
    const { id, role, model } = message;
    if (role !== "assistant" || this.#ended.has(id)) return undefined;
    const end = finalState(message) !== undefined;
    if (end) this.#remember(id);
    if (end && this.#texts.get(sessionId)?.isEmpty !== false) return undefined;
    this.#write(sessionId, {
      kind: "message",
      messageId: id,
      partId: id,
      offset: 0,
      text: "",
      cut: false,
      end,
      ...(model === undefined ? {} : { model }),
    });
    return { sessionId, isEnd: end };
  }

  #remember(messageId: string): void {
    this.#ended.add(messageId);
    for (const oldest of this.#ended) {
      if (this.#ended.size <= REMEMBERED) return;
      this.#ended.delete(oldest);
    }
  }

  #open(sessionId: string): LiveText {
    const text = this.#texts.get(sessionId) ?? new LiveText();
    this.#texts.delete(sessionId);
    this.#texts.set(sessionId, text);
    return text;
  }

  #write(sessionId: string, piece: LivePiece): void {
    this.#open(sessionId).write(piece);
    let sizeChars = 0;
    for (const [id, text] of this.#texts) {
      sizeChars += text.sizeChars;
      if (text.isEmpty && !text.isRead) this.#texts.delete(id);
    }
    for (const text of this.#texts.values()) {
      if (sizeChars <= LIMITS.liveAgentChars) return;
      sizeChars -= text.sizeChars;
      text.clear();
    }
  }
}
