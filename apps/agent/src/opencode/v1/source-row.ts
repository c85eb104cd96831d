import * as v from "valibot";
import type { SourceRow } from "../../domain/source-fact.ts";
import { Time } from "./shapes/bounds.ts";
import { Message } from "./shapes/message.ts";
import { Part } from "./shapes/part.ts";
import { Session } from "./shapes/session.ts";

const Row = v.object({
  aggregateID: v.string(),
  seq: v.number(),
  type: v.string(),
  data: v.looseObject({
    info: v.optional(v.unknown()),
    part: v.optional(v.unknown()),
    messageID: v.optional(v.string()),
    partID: v.optional(v.string()),
    time: v.optional(Time),
  }),
});

/**
 * Reads a row of opencode's durable log, live (`sync` events) or from `POST /sync/history`; undefined where it is none.
 * Kinds that this agent does not know are `other`: they still advance the sequence.
 */
export function sourceRow(value: unknown): SourceRow | undefined {
  const normal =
    typeof value === "object" && value !== null && "aggregate_id" in value
      ? { ...value, aggregateID: value.aggregate_id }
      : value;
  const row = v.safeParse(Row, normal);
  if (!row.success) return undefined;
  const { aggregateID, seq, type, data } = row.output;
  return { sessionId: aggregateID, seq, change: changeOf(type, data) };
}

function changeOf(type: string, data: v.InferOutput<typeof Row>["data"]): SourceRow["change"] {
  // the number behind the type is its version: "message.updated.1"
  switch (type.replace(/\.\d+$/, "")) {
    case "session.created":
    case "session.updated": {
      const session = v.safeParse(Session, data.info);
      return session.success ? { kind: "session", session: session.output } : OTHER;
    }
    case "message.updated": {
      const message = v.safeParse(Message, data.info);
      return message.success ? { kind: "message", message: message.output } : OTHER;
    }
    case "message.part.updated": {
      const part = v.safeParse(Part, data.part);
      return part.success ? { kind: "part", part: part.output, at: data.time } : OTHER;
    }
    case "message.removed":
    case "message.part.removed": {
      const { messageID: messageId, partID: partId } = data;
      return messageId === undefined ? OTHER : { kind: "removed", messageId, partId };
    }
    default:
      return OTHER;
  }
}

const OTHER = { kind: "other" } as const;
