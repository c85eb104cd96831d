import { LIMITS, type LivePiece, type LiveReader, LiveText } from "@hal/protocol";
import * as v from "valibot";
import { finalState } from "../../sessions/domain/messages/message-assembly.ts";
import { MessageInfo, Part } from "../../sessions/domain/messages/sync-row.ts";

const Delta = v.object({
  sessionID: v.string(),
  messageID: v.string(),
  partID: v.string(),
  field: v.string(),
  delta: v.string(),
});
const PartUpdate = v.object({ sessionID: v.string(), part: Part });
const MessageUpdate = v.object({ sessionID: v.string(), info: MessageInfo });
const OfSession = v.object({ sessionID: v.string() });

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

  /** Folds one of opencode's events; undefined where it says nothing of a text in progress. */
  hear(type: string, properties: unknown): Heard | undefined {
    switch (type) {
      case "message.part.delta":
        return within(Delta, properties, (delta) => this.#delta(delta));
      case "message.part.updated":
        return within(PartUpdate, properties, ({ sessionID, part }) => this.#part(sessionID, part));
      case "message.updated":
        return within(MessageUpdate, properties, ({ sessionID, info }) => this.#message(sessionID, info));
      case "session.deleted":
        within(OfSession, properties, ({ sessionID }) => this.#texts.get(sessionID)?.clear());
        return undefined;
      default:
        return undefined;
    }
  }

  /** Takes in what opencode has of a message in progress, where nothing was heard of it. */
  recall(sessionId: string, info: MessageInfo, parts: readonly Part[]): void {
    if (info.role !== "assistant" || finalState(info) !== undefined) return;
    if (this.#ended.has(info.id) || this.#texts.get(sessionId)?.has(info.id) === true) return;
    this.#message(sessionId, info);
    for (const part of parts)
      // what a part says that was begun is heard when it goes on
      if (part.type === "tool" || part.time?.end !== undefined) this.#part(sessionId, part);
  }

  /** Forgets everything: events were missed. */
  clear(): void {
    for (const text of this.#texts.values()) text.clear();
  }

  #delta({ sessionID, messageID, partID, field, delta }: v.InferOutput<typeof Delta>): Heard | undefined {
    if (field !== "text" || this.#ended.has(messageID)) return undefined;
    const known = this.#texts.get(sessionID)?.get(partID);
    this.#write(sessionID, {
      kind: known?.kind ?? "text",
      messageId: messageID,
      partId: partID,
      offset: known === undefined ? 0 : known.offset + known.text.length,
      text: delta,
      end: false,
      // the first that is heard of a part is its beginning, not a delta
      cut: known?.cut ?? true,
    });
    return { sessionId: sessionID, isEnd: false };
  }

  #part(sessionId: string, part: Part): Heard | undefined {
    const { id: partId, messageID: messageId, type } = part;
    const text = this.#texts.get(sessionId);
    // the user's own parts are whole when they come
    if (text === undefined || !(text.has(messageId) || text.has(partId))) return undefined;
    if (type === "tool") {
      const { status = "pending", title = toolTitle(part.state?.input) } = part.state ?? {};
      const end = status === "completed" || status === "error";
      const about = { tool: part.tool ?? "?", title: title.slice(0, 200), status };
      this.#write(sessionId, { kind: "tool", messageId, partId, offset: 0, text: "", cut: false, end, ...about });
      return { sessionId, isEnd: end };
    }
    if ((type !== "text" && type !== "reasoning") || part.synthetic || part.ignored) return undefined;
    const end = part.time?.end !== undefined;
    if (!end && text.has(partId)) return undefined;
    this.#write(sessionId, { kind: type, messageId, partId, offset: 0, text: part.text ?? "", end, cut: false });
    return { sessionId, isEnd: end };
  }

  #message(sessionId: string, info: MessageInfo): Heard | undefined {
    const { id, role, providerID, modelID } = info;
    if (role !== "assistant" || this.#ended.has(id)) return undefined;
    const end = finalState(info) !== undefined;
    if (end) this.#remember(id);
    if (end && this.#texts.get(sessionId)?.isEmpty !== false) return undefined;
    const model = providerID === undefined || modelID === undefined ? {} : { model: `${providerID}/${modelID}` };
    this.#write(sessionId, {
      kind: "message",
      messageId: id,
      partId: id,
      offset: 0,
      text: "",
      cut: false,
      end,
      ...model,
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

/** What a tool is about while it has no title yet. */
function toolTitle(input: unknown): string {
  const fields = (typeof input === "object" && input !== null ? input : {}) as Readonly<Record<string, unknown>>;
  const named = ["command", "filePath", "pattern", "url", "query", "description"].map((name) => fields[name]);
  return named.find((value) => typeof value === "string") ?? "";
}

function within<S extends v.GenericSchema, R>(
  schema: S,
  value: unknown,
  use: (value: v.InferOutput<S>) => R,
): R | undefined {
  const parsed = v.safeParse(schema, value);
  return parsed.success ? use(parsed.output) : undefined;
}
