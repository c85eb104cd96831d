import * as v from "valibot";
import { EventEnvelope } from "../events/event.ts";
import { Epoch, NodeId, Seq, SessionId, Timestamp, WatchId } from "../ids.ts";
import { LIMITS } from "../limits.ts";
import { LIVE_PIECE } from "../live/live-piece.ts";
import { OpencodeReport, ProjectReport, ResourceReport } from "./shared.ts";

const SeqOrZero = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** First frame of an agent link. Protocol §1.3, §1.5, §2. */
export const Hello = v.object({
  type: v.literal("hello"),
  protocol: v.object({ min: v.number(), max: v.number() }),
  node: v.object({
    id: NodeId,
    hostname: v.string(),
    /** label chosen in the agent's config; the host name where there is none */
    name: v.optional(v.string()),
    labels: v.optional(v.record(v.string(), v.string())),
    version: v.string(),
    os: v.string(),
    arch: v.string(),
  }),
  /** what `welcome` handed out at this node's first hello */
  secret: v.optional(v.string()),
  /** one run of the agent */
  instance: v.string(),
  /** counts this run's connections: 1, 2, 3, … */
  connection: v.number(),
  outbox: v.object({
    epoch: Epoch,
    /** 0 where the outbox is empty */
    firstSeq: SeqOrZero,
    /** highest seq ever used in this epoch; 0 where none was */
    lastSeq: SeqOrZero,
    /** highest seq that a supervisor acknowledged */
    acked: SeqOrZero,
    /** the log that acknowledged it; absent where none did */
    logId: v.optional(v.string()),
    /** the last runs of the agent that had this outbox, this one included: an older copy lacks the latest (protocol §4.5) */
    instances: v.optional(v.pipe(v.array(v.string()), v.maxLength(LIMITS.outboxInstances))),
  }),
  projects: v.array(ProjectReport),
  features: v.optional(v.array(v.string()), []),
  /** fingerprint of the token that this agent keeps for its next connection (protocol §11) */
  credentialVersion: v.optional(v.string()),
  opencode: OpencodeReport,
});
export type Hello = v.InferOutput<typeof Hello>;

export const Heartbeat = v.object({
  type: v.literal("heartbeat"),
  at: Timestamp,
  resources: v.optional(ResourceReport),
  opencode: OpencodeReport,
  /** what waits for an acknowledgement: how many events, their size, and since when the oldest does */
  outbox: v.object({ depth: v.number(), bytes: v.optional(v.number()), oldestAt: v.optional(Timestamp) }),
  /** how many sessions of this node are in each status */
  sessions: v.optional(v.record(v.string(), v.number())),
  /** as in `hello` */
  credentialVersion: v.optional(v.string()),
});
export type Heartbeat = v.InferOutput<typeof Heartbeat>;

export const Events = v.object({
  type: v.literal("events"),
  epoch: Epoch,
  events: v.pipe(v.array(EventEnvelope), v.minLength(1)),
});
export type Events = v.InferOutput<typeof Events>;

/** Events of which only the place fits for sure: each one is judged alone (protocol §4.7). */
export const PlacedEvents = v.object({
  ...Events.entries,
  events: v.pipe(v.array(v.looseObject({ seq: Seq })), v.minLength(1)),
});
/** Text as it is written, for whom watches; neither stored nor acknowledged. Protocol §10. */
export const Live = v.object({
  type: v.literal("live"),
  /** of the watch that asked for it */
  id: WatchId,
  session: SessionId,
  ...LIVE_PIECE,
});
export type Live = v.InferOutput<typeof Live>;

/** An orderly farewell: the node is offline at once, not after missed heartbeats. */
export const Bye = v.object({ type: v.literal("bye"), reason: v.string() });

/** Everything that an agent may send. */
export const AgentFrame = v.variant("type", [Hello, Heartbeat, Events, Live, Bye]);
export type AgentFrame = v.InferOutput<typeof AgentFrame>;
