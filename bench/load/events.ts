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
  "user",
  "tool",
  "tool",
  "tool",
  "tool",
  "tool",
  "tool",
  "assistant",
  "session.idle",
] as const;

/** An event of the story that is `sizeBytes` long as JSON, or as short as its type allows where that is more. */
export function storyEvent(story: Story, place: Place, sizeBytes: number): EventEnvelope {
  if (story === "tool") return toolRun(place, sizeBytes);
  // the two that hold nothing are shorter, so the others are longer: the average is as asked for
  const padded = Math.round((sizeBytes * TURN.length - 2 * 190) / (TURN.length - 2));
  const step = TURN[place.seq % TURN.length] ?? "tool";
  switch (step) {
    case "session.busy":
    case "session.idle":
      return envelope(place, { type: step, at: place.at, data: {} });
    case "tool":
      return toolRun(place, padded);
    case "user":
    case "assistant":
      return message(place, step, padded);
    default:
      return step satisfies never;
  }
}

/** The first event of a session. */
export function sessionStarted(place: Place): EventEnvelope {
  const { at } = place;
  const data = { title: "A session of the bench", costMicroUsd: 0, external: false, createdAt: at, updatedAt: at };
  return envelope(place, { type: "session.started", at, data });
}

function toolRun(place: Place, sizeBytes: number): EventEnvelope {
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
      },
    });
  return padTo(make, sizeBytes);
}

function message(place: Place, role: "user" | "assistant", sizeBytes: number): EventEnvelope {
  const make = (text: string): EventEnvelope =>
    envelope(place, {
      type: "session.message",
      at: place.at,
      data: {
        messageId: `msg_${place.seq}`,
        role,
        state: "complete",
        text,
        cut: false,
        tools: [],
        costMicroUsd: 1_000,
        createdAt: place.at,
        copied: false,
      },
    });
  return padTo(make, sizeBytes);
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
