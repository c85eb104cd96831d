import { LAST_TIME, MOST_COUNT } from "@hal/protocol";
import * as v from "valibot";

/** One row of opencode's durable log, the same live (`sync` events) and from `POST /sync/history`. */
export interface SyncRow {
  readonly sessionId: string;
  readonly seq: number;
  readonly change:
    | { readonly kind: "session"; readonly info: SessionInfo }
    | { readonly kind: "message"; readonly info: MessageInfo }
    | { readonly kind: "part"; readonly part: Part; readonly time: number | undefined }
    | { readonly kind: "removed"; readonly messageId: string; readonly partId: string | undefined }
    | { readonly kind: "other" };
}

/** opencode's numbers as far as a fact has room for them: no fact is lost for a number of its that is out of all bounds. */
const within = (most: number) => v.pipe(v.number(), v.toMinValue(0), v.toMaxValue(most));
const Time = within(LAST_TIME);
const Tally = within(MOST_COUNT);
const Dollars = within(MOST_COUNT / 1_000_000);

const Tokens = v.object({
  input: v.optional(Tally, 0),
  output: v.optional(Tally, 0),
  reasoning: v.optional(Tally, 0),
  cache: v.optional(v.object({ read: v.optional(Tally, 0), write: v.optional(Tally, 0) }), {}),
});
export type OpencodeTokens = v.InferOutput<typeof Tokens>;

export const SessionInfo = v.object({
  id: v.string(),
  directory: v.string(),
  parentID: v.optional(v.string()),
  title: v.optional(v.string(), ""),
  agent: v.optional(v.string()),
  model: v.optional(v.object({ id: v.string(), providerID: v.string() })),
  metadata: v.optional(v.nullable(v.record(v.string(), v.unknown()))),
  cost: v.optional(Dollars, 0),
  tokens: v.optional(Tokens),
  /** somebody undid the conversation from here on */
  revert: v.optional(v.nullable(v.object({ messageID: v.string(), partID: v.optional(v.string()) }))),
  time: v.object({
    created: Time,
    updated: v.optional(Time),
    archived: v.optional(v.nullable(Time)),
  }),
});
export type SessionInfo = v.InferOutput<typeof SessionInfo>;

const OpencodeError = v.object({
  name: v.optional(v.string(), "UnknownError"),
  data: v.optional(v.looseObject({ message: v.optional(v.string()) })),
});
export type OpencodeError = v.InferOutput<typeof OpencodeError>;
export { OpencodeError };

export const MessageInfo = v.object({
  id: v.string(),
  role: v.picklist(["user", "assistant"]),
  parentID: v.optional(v.string()),
  providerID: v.optional(v.string()),
  modelID: v.optional(v.string()),
  model: v.optional(v.object({ providerID: v.string(), modelID: v.string() })),
  summary: v.optional(v.unknown()),
  finish: v.optional(v.string()),
  cost: v.optional(Dollars, 0),
  tokens: v.optional(Tokens),
  error: v.optional(OpencodeError),
  time: v.object({ created: Time, completed: v.optional(Time) }),
});
export type MessageInfo = v.InferOutput<typeof MessageInfo>;

export const Part = v.object({
  id: v.string(),
  messageID: v.string(),
  type: v.string(),
  text: v.optional(v.string()),
  synthetic: v.optional(v.boolean(), false),
  ignored: v.optional(v.boolean(), false),
  tool: v.optional(v.string()),
  callID: v.optional(v.string()),
  time: v.optional(v.object({ end: v.optional(Time) })),
  state: v.optional(
    v.object({
      status: v.string(),
      title: v.optional(v.string()),
      input: v.optional(v.unknown()),
      output: v.optional(v.string()),
      error: v.optional(v.string()),
      time: v.optional(v.object({ start: v.optional(Time), end: v.optional(Time) })),
    }),
  ),
});
export type Part = v.InferOutput<typeof Part>;

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

/** Reads a row; undefined where it is none. Kinds that this agent does not know are `other`: they still advance the sequence. */
export function parseSyncRow(value: unknown): SyncRow | undefined {
  const normal =
    typeof value === "object" && value !== null && "aggregate_id" in value
      ? { ...value, aggregateID: value.aggregate_id }
      : value;
  const row = v.safeParse(Row, normal);
  if (!row.success) return undefined;
  const { aggregateID, seq, type, data } = row.output;
  return { sessionId: aggregateID, seq, change: parseChange(type, data) };
}

function parseChange(type: string, data: v.InferOutput<typeof Row>["data"]): SyncRow["change"] {
  // the number behind the type is its version: "message.updated.1"
  switch (type.replace(/\.\d+$/, "")) {
    case "session.created":
    case "session.updated": {
      const info = v.safeParse(SessionInfo, data.info);
      return info.success ? { kind: "session", info: info.output } : { kind: "other" };
    }
    case "message.updated": {
      const info = v.safeParse(MessageInfo, data.info);
      return info.success ? { kind: "message", info: info.output } : { kind: "other" };
    }
    case "message.part.updated": {
      const part = v.safeParse(Part, data.part);
      return part.success ? { kind: "part", part: part.output, time: data.time } : { kind: "other" };
    }
    case "message.removed":
    case "message.part.removed": {
      const { messageID: messageId, partID: partId } = data;
      return messageId === undefined ? { kind: "other" } : { kind: "removed", messageId, partId };
    }
    default:
      return { kind: "other" };
  }
}
