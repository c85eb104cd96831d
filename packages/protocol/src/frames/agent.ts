import * as v from "valibot";
import { EventEnvelope } from "../events/event.ts";
import { Count, Figure, Label, lenient, list, MicroUsd, Size, table, Timestamp, Word } from "../bounds.ts";
import { HoldBriefs, HoldId, MOST_HOLDS } from "../holds.ts";
import { Epoch, InteractionId, NodeId, Seq, SessionId, WatchId } from "../ids.ts";
import { MOST_COUNTED } from "../leases.ts";
import { LIMITS } from "../limits.ts";
import { LIVE_PIECE } from "../live/live-piece.ts";
import { OpencodeReport, ProjectReport, ResourceReport } from "./node-reports.ts";

/** More than any frame has room for. */
const MOST_EVENTS = 50_000;

/** What stands for a report of opencode that cannot be read. */
const UNREADABLE: OpencodeReport = {
  state: "down",
  reason: "its agent's report cannot be read; is the agent newer than the supervisor?",
  since: 0,
};

/** First frame of an agent link. Protocol §1.3, §1.5, §2. */
export const Hello = v.object({
  type: v.literal("hello"),
  protocol: v.object({ min: Count, max: Count }),
  node: v.object({
    id: NodeId,
    hostname: Label,
    /** label chosen in the agent's config; the host name where there is none */
    name: lenient(Word),
    labels: lenient(table(Label)),
    version: Label,
    os: Label,
    arch: Label,
  }),
  /** what `welcome` handed out at this node's first hello */
  secret: v.optional(Word),
  /** one run of the agent */
  instance: Word,
  /** counts this run's connections: 1, 2, 3, … */
  connection: Count,
  outbox: v.object({
    epoch: Epoch,
    /** 0 where the outbox is empty */
    firstSeq: Count,
    /** highest seq ever used in this epoch; 0 where none was */
    lastSeq: Count,
    /** highest seq that a supervisor acknowledged */
    acked: Count,
    /** the log that acknowledged it; absent where none did */
    logId: v.optional(Word),
    /** the last runs of the agent that had this outbox, this one included: an older copy lacks the latest (protocol §4.5) */
    instances: v.optional(list(Word, LIMITS.outboxInstances)),
  }),
  projects: list(ProjectReport),
  features: v.fallback(v.optional(list(Word), []), []),
  /** fingerprint of the token that this agent keeps for its next connection (protocol §11) */
  credentialVersion: lenient(Word),
  /** what it holds, as it is on its disk (protocol §5.12) */
  holds: lenient(HoldBriefs),
  opencode: v.fallback(OpencodeReport, UNREADABLE),
});
export type Hello = v.InferOutput<typeof Hello>;

export const Heartbeat = v.object({
  type: v.literal("heartbeat"),
  at: lenient(Timestamp),
  resources: lenient(ResourceReport),
  opencode: v.fallback(OpencodeReport, UNREADABLE),
  /** what waits for an acknowledgement: how many events, their size, and since when the oldest does */
  outbox: lenient(v.object({ depth: Size, bytes: lenient(Size), oldestAt: lenient(Timestamp) })),
  /** how many sessions of this node are in each status */
  sessions: lenient(table(Size)),
  /** as in `hello` */
  credentialVersion: lenient(Word),
  /** the holds that are on its disk */
  holds: lenient(list(HoldId, MOST_HOLDS)),
});
export type Heartbeat = v.InferOutput<typeof Heartbeat>;

export const Events = v.object({
  type: v.literal("events"),
  epoch: Epoch,
  events: v.pipe(v.array(EventEnvelope), v.minLength(1), v.maxLength(MOST_EVENTS)),
});
export type Events = v.InferOutput<typeof Events>;

/** Events of which only the place fits for sure: each one is judged alone (protocol §4.7). */
export const PlacedEvents = v.object({
  ...Events.entries,
  events: v.pipe(v.array(v.looseObject({ seq: Seq })), v.minLength(1), v.maxLength(MOST_EVENTS)),
});

/** The facts of a session as they were told last: what people read first of it, and what it cost. */
const ToldFacts = v.object({
  costMicroUsd: MicroUsd,
  /** all tokens, cached ones included */
  tokens: Figure,
  /** absent where it is longer than a word */
  title: v.optional(Word),
  /** the message from which on the conversation is undone */
  undoneFrom: v.optional(Word),
});

/** What an agent told last of one session; without a status nothing of what it does is to be compared: none was told yet. */
export const ToldSession = v.object({
  id: SessionId,
  /** absent from an agent that does not say, and where none were told */
  facts: lenient(ToldFacts),
  status: lenient(v.picklist(["busy", "idle", "waiting", "retrying", "error"])),
  /** requests that wait for a person */
  open: list(InteractionId, LIMITS.toldRequests),
});
export type ToldSession = v.InferOutput<typeof ToldSession>;

/** Of a session that has ended only its facts are to be compared. */
export const ToldEnd = v.object({ id: SessionId, facts: ToldFacts });
export type ToldEnd = v.InferOutput<typeof ToldEnd>;

/** What the told table says of the sessions, at exactly this place of the outbox. Protocol §4.11. */
export const Told = v.object({
  type: v.literal("told"),
  epoch: Epoch,
  seq: Count,
  /** those that have not ended */
  sessions: list(ToldSession, LIMITS.toldSessions),
  /** of those that have, the newest, as far as there is room; absent from an agent that does not say */
  ended: lenient(list(ToldEnd, LIMITS.toldSessions)),
  /** there are more that have not ended */
  cut: v.optional(v.boolean(), false),
});
export type Told = v.InferOutput<typeof Told>;

/** A counter of what was spent: it never falls within one life of the counters. */
const SpentOf = v.object({ id: Word, microUsd: MicroUsd });

/** What a node has spent since its counters began, at exactly this place of the outbox. Protocol §5.23. */
export const Spent = v.object({
  type: v.literal("spent"),
  epoch: Epoch,
  seq: Count,
  /** names one life of the counters: it is another one where they were lost, or are an older copy */
  counters: Word,
  nodeMicroUsd: MicroUsd,
  projects: list(SpentOf, MOST_COUNTED),
  /** root sessions with all below them: those at work, and those that a lease names */
  sessions: list(SpentOf, MOST_COUNTED),
  /** root sessions at work, or about to be; where there are none, nothing more is spent until a command begins it */
  atWork: list(SessionId, MOST_COUNTED),
  /** whether a command that begins work has been taken and has begun none yet */
  isBeginning: v.optional(v.boolean(), false),
  /** the newest leases that count here and are on the disk; absent where there are none */
  version: lenient(Count),
});
export type Spent = v.InferOutput<typeof Spent>;

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
export const Bye = v.object({ type: v.literal("bye"), reason: Label });

/** Everything that an agent may send. */
export const AgentFrame = v.variant("type", [Hello, Heartbeat, Events, Told, Spent, Live, Bye]);
export type AgentFrame = v.InferOutput<typeof AgentFrame>;
