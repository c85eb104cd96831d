import type { EventEnvelope, HalEvent } from "@hal/protocol";

/** Where an event comes from. */
export interface Place {
  readonly seq: number;
  readonly at: number;
  readonly session: string;
}

/** What a fleet tells: `tool` is the same kind of fact over and over, `turn` what a session tells in its turns. */
export type Story = "tool" | "turn";

const TURN = [
  "session.busy",
  "prompt",
  "tool",
  "tool",
  "tool",
  "tool",
  "tool",
  "tool",
  "answer",
  "facts",
  "session.idle",
] as const;

/** So many events are a turn. */
export const TURN_EVENTS = TURN.length;

/** Those that hold little, however long the others are, and how long they are together. */
const SHORT = { events: 4, bytes: 1_265 };

/** An event of the story that is `sizeBytes` long as JSON, or as short as its type allows where that is more. */
export function storyEvent(story: Story, place: Place, sizeBytes: number): EventEnvelope {
  if (story === "tool") return toolRun(place, sizeBytes);
  // prompts and what only says how the session is are shorter, so the others are longer: the average is as asked for
  const padded = Math.round((sizeBytes * TURN.length - SHORT.bytes) / (TURN.length - SHORT.events));
  const step = TURN[(place.seq - 1) % TURN.length] ?? "tool";
  switch (step) {
    case "session.busy":
      return envelope(place, { type: step, at: place.at, data: {} });
    case "session.idle":
      return envelope(place, { type: step, at: place.at, data: { turn: "finished" } });
    case "tool":
      return toolRun(place, padded, { input: { command: "ls -la", description: "Lists the files" } });
    case "prompt":
      return message(place, { role: "user", text: "Look at what is in this folder, and say what it is for." });
    case "answer":
      return answer({ ...place, asked: place.seq - TURN.indexOf("answer") + TURN.indexOf("prompt") }, padded);
    case "facts":
      return facts(place, "session.updated");
    default:
      return step satisfies never;
  }
}

/** The first event of a session. */
export function sessionStarted(place: Place): EventEnvelope {
  return facts(place, "session.started");
}

const MODEL = "anthropic/claude-opus-4-5";
const TOKENS = { input: 12_345, output: 678, reasoning: 0, cacheRead: 9_876, cacheWrite: 543 };

function facts(place: Place, type: "session.started" | "session.updated"): EventEnvelope {
  const { at } = place;
  const told = { title: "A session of the bench", model: MODEL, agent: "build", external: false };
  return envelope(place, {
    type,
    at,
    data: { ...told, costMicroUsd: 1_000, tokens: TOKENS, createdAt: at, updatedAt: at },
  });
}

function toolRun(place: Place, sizeBytes: number, told: { readonly input?: object } = {}): EventEnvelope {
  const make = (output: string): EventEnvelope =>
    envelope(place, {
      type: "tool.execute.after",
      at: place.at,
      data: {
        messageId: `msg_${place.seq}`,
        callId: `call_${place.seq}`,
        tool: "bash",
        status: "completed",
        title: "List the files",
        output,
        cut: false,
        ...told,
      },
    });
  return padTo(make, sizeBytes);
}

function answer({ asked, ...place }: Place & { readonly asked: number }, sizeBytes: number): EventEnvelope {
  const tool = { tool: "bash", title: "List the files", status: "completed" };
  const told = { role: "assistant", model: MODEL, tokens: TOKENS, finish: "stop" } as const;
  const parentId = messageId(asked);
  return padTo(
    (text) => message(place, { ...told, parentId, text, tools: Array.from({ length: 6 }, () => tool) }),
    sizeBytes,
  );
}

type Message = Extract<HalEvent, { readonly type: "session.message" }>["data"];

function message(place: Place, told: Pick<Message, "role" | "text"> & Partial<Message>): EventEnvelope {
  const { seq, at } = place;
  const rest = { cut: false, tools: [], costMicroUsd: 1_000, createdAt: at, completedAt: at, copied: false };
  const data: Message = { messageId: messageId(seq), state: "complete", ...rest, ...told };
  return envelope(place, { type: "session.message", at, data });
}

/** As opencode's, they ascend. */
function messageId(seq: number): string {
  return `msg_${String(seq).padStart(12, "0")}`;
}

function padTo(make: (text: string) => EventEnvelope, sizeBytes: number): EventEnvelope {
  return make("x".repeat(Math.max(0, sizeBytes - JSON.stringify(make("")).length)));
}

/** Its source key is as long as an agent's, and as theirs the next one of a kind is greater. */
function envelope({ seq, at, session }: Place, { type, data }: HalEvent): EventEnvelope {
  return {
    seq,
    at,
    type,
    sourceKey: `${session}/${type}/${String(seq).padStart(26, "0")}`,
    project: "bench",
    session,
    data,
  };
}
