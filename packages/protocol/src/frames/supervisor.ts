import * as v from "valibot";
import { Count, Figure, list, LongText, Opaque, Timestamp, Word } from "../bounds.ts";
import { HoldBriefs } from "../holds.ts";
import { LeaseBrief } from "../leases.ts";
import { CommandId, Epoch, InteractionId, LogId, SessionId, WatchId } from "../ids.ts";
import { LIMITS } from "../limits.ts";
import { StandingRules } from "../rules.ts";
import { Traceparent } from "./node-reports.ts";

/** What a timer can wait for, and not so often that it fills the link. */
const TimerMs = v.pipe(v.number(), v.minValue(10), v.maxValue(2 ** 31 - 1));

/** The answer to `hello`. Protocol §3. */
export const Welcome = v.object({
  type: v.literal("welcome"),
  protocol: Count,
  supervisor: v.object({ version: LongText, logId: LogId }),
  heartbeatIntervalMs: TimerMs,
  /** silence after which either side calls the link dead */
  heartbeatTimeoutMs: TimerMs,
  /** what is committed of this outbox: send from seq + 1; `mark` is the event there, to be compared (§4.5) */
  acknowledged: v.object({ epoch: Epoch, seq: Count, mark: v.optional(v.pipe(v.string(), v.maxLength(4096)), "") }),
  /** take a new epoch and renumber what is unsent: this outbox contradicts what was committed (§4.5) */
  resetEpoch: v.optional(v.boolean(), false),
  /** minted at a node's first hello; keep it and prove it from then on (§1.5) */
  secret: v.optional(LongText),
  serverTime: Timestamp,
  /** what it understands beyond the first version of the wire */
  features: v.fallback(v.optional(list(Word), []), []),
});
export type Welcome = v.InferOutput<typeof Welcome>;

/** Everything up to and including `seq` is committed. */
export const Ack = v.object({ type: v.literal("ack"), epoch: Epoch, seq: Count });
export type Ack = v.InferOutput<typeof Ack>;

export const CommandFrame = v.object({
  type: v.literal("command"),
  id: CommandId,
  command: v.pipe(v.string(), v.maxLength(64)),
  args: Opaque,
  /** time left, recomputed at every sending; a wall clock would lie between machines. `NO_DEADLINE_MS` where there is no end */
  remainingMs: Figure,
  /** what the caller promised with an idempotency key: hashes of the key, with its actor, and of what is asked (§5.6) */
  key: v.optional(
    v.object({ hash: v.pipe(v.string(), v.maxLength(128)), payload: v.pipe(v.string(), v.maxLength(128)) }),
  ),
  traceparent: v.optional(Traceparent),
});
export type CommandFrame = v.InferOutput<typeof CommandFrame>;

export const CancelFrame = v.object({ type: v.literal("cancel"), id: CommandId });

/** Sent at the heartbeat interval so that the agent notices a half-open link, too. */
export const Tick = v.object({ type: v.literal("tick"), serverTime: Timestamp });

/** Asks for the text of a session as it is written, beginning with what is there. Protocol §10. */
export const Watch = v.object({ type: v.literal("watch"), id: WatchId, session: SessionId });

export const Unwatch = v.object({ type: v.literal("unwatch"), id: WatchId });

/** Tell what these sessions are, do and wait for once more: the log has something else of them. Protocol §4.11. */
export const Retell = v.object({
  type: v.literal("retell"),
  sessions: list(
    v.object({
      id: SessionId,
      /** requests that are open in the log */
      open: list(InteractionId, LIMITS.retoldRequests),
    }),
    LIMITS.retoldSessions,
  ),
});
export type Retell = v.InferOutput<typeof Retell>;

/** What an agent must know beyond its welcome, and keeps. Protocol §5.12, §11. */
export const Update = v.object({
  type: v.literal("update"),
  /** the token to come with from now on; it is confirmed by its fingerprint in `credentialVersion` */
  authToken: v.optional(LongText),
  /** every hold that concerns the node; what is not among them is released (protocol §5.12) */
  holds: v.optional(HoldBriefs),
  /** every standing rule; what is not among them holds no more (protocol §5.13) */
  rules: v.optional(StandingRules),
  /** what the node may spend; where no budget concerns it, an empty list (protocol §5.23) */
  leases: v.optional(LeaseBrief),
});
export type Update = v.InferOutput<typeof Update>;

/** Everything that a supervisor may send to an agent. */
export const SupervisorFrame = v.variant("type", [
  Welcome,
  Update,
  Ack,
  CommandFrame,
  CancelFrame,
  Watch,
  Unwatch,
  Retell,
  Tick,
]);
export type SupervisorFrame = v.InferOutput<typeof SupervisorFrame>;
