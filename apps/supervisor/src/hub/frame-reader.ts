import { AGENT_FRAME_TYPES, AgentFrame, type Decoded, decodeFrame, droppedFields } from "@hal/protocol";
import type { Metrics } from "../metrics/metrics.ts";

/** So many fields of one connection are named in the log; more are only counted. */
const MOST_NAMED = 20;

/** Reads the frames of one connection; fields that do not fit and are dropped are counted, and each is said once. */
export class FrameReader {
  readonly #metrics: Metrics;
  readonly #say: (fields: readonly string[]) => void;
  #said: ReadonlySet<string> | undefined;

  constructor(metrics: Metrics, say: (fields: readonly string[]) => void) {
    this.#metrics = metrics;
    this.#say = say;
  }

  read(text: string): Decoded<AgentFrame> {
    const decoded = decodeFrame(AgentFrame, AGENT_FRAME_TYPES, text);
    // no other frame is read leniently
    if (decoded.ok && (decoded.frame.type === "hello" || decoded.frame.type === "heartbeat"))
      this.#reportDropped(decoded.frame.type, droppedFields(JSON.parse(text), decoded.frame));
    return decoded;
  }

  #reportDropped(type: "hello" | "heartbeat", fields: readonly string[]): void {
    if (fields.length === 0) return;
    this.#metrics.fieldsDropped(type, fields.length);
    const said = this.#said ?? new Set();
    const more = fields.filter((field) => !said.has(field)).slice(0, Math.max(0, MOST_NAMED - said.size));
    if (more.length === 0) return;
    this.#said = new Set([...said, ...more]);
    this.#say(more);
  }
}
