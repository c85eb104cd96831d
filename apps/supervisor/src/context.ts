import type { CloseCode, OpencodeReport, ResourceReport, SupervisorFrame } from "@hal/protocol";
import type { Clock, Logger, Tracing } from "@hal/daemon";
import type { BackupResult, MendCounts, PruneCounts, SupervisorStore } from "@hal/store/supervisor";
import type { Audit } from "./capabilities/audit/audit.ts";
import type { CommandSpans } from "./capabilities/commands/command-spans.ts";
import type { TokenBook } from "./capabilities/access/token-book.ts";
import type { EventLog } from "./log/event-log.ts";
import type { Readers } from "./log/readers.ts";
import type { Quota } from "./operations/domain/quota.ts";
import type { RefusedAgents } from "./capabilities/nodes/domain/refused-agents.ts";
import type { LiveLane } from "./capabilities/live/live-lane.ts";
import type { CheckState, StorageHealth } from "./capabilities/database/domain/storage-health.ts";
import type { Limits } from "./limits.ts";
import type { Metrics } from "./metrics/metrics.ts";

/** What every flow may use. */
export interface Context {
  readonly version: string;
  readonly startedAt: number;
  readonly store: SupervisorStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** whoever waits for events waits here */
  readonly events: EventLog;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly commandSpans: CommandSpans;
  readonly links: Links;
  readonly live: LiveLane;
  readonly storage: StorageHealth;
  readonly readers: Readers;
  readonly refusedAgents: RefusedAgents;
  /** streams that are open, by the token that follows them */
  readonly streams: Quota;
  readonly tokens: TokenBook;
  readonly audit: Audit;
  readonly keeper: DatabaseKeeper;
  /** which ends of connections were told already; only spares asking the database, which decides */
  readonly announced: Set<string>;
  readonly limits: Limits;
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number };
  /** how long an answer may wait for its node where its giver names no deadline */
  readonly answerMs: () => number;
  /** how long a reader of events may take nothing before it is cut off */
  readonly readerMs: number;
  /** aborts when the supervisor stops */
  readonly stopping: AbortSignal;
}

/** Who looks after the database, as those see it who ask for that at once. */
export interface DatabaseKeeper {
  /** how far the reading of a database is that was too big to be read before its use */
  readonly check: CheckState;
  /** goes on where whoever asked has left */
  backUp(): Promise<BackupResult>;
  /** what is wrong, after all of it was read; nothing is good */
  findDamage(signal: AbortSignal): Promise<readonly string[]>;
  /** how many rows cannot be shown as they are stored, by table */
  findUnreadable(signal: AbortSignal): Promise<MendCounts>;
  /** marks those rows, and keeps what they were in the log; how many there were */
  mend(): Promise<MendCounts>;
  /** undefined where the clock is not to be trusted with deleting */
  prune(what: { readonly olderThanMs: number; readonly isDryRun: boolean }): Promise<PruneCounts | undefined>;
}

/** The connections to agents, as flows see them. */
export interface Links {
  get(nodeId: string): AgentLink | undefined;
  all(): Iterable<AgentLink>;
}

/** One agent's connection. */
export interface AgentLink {
  readonly nodeId: string;
  readonly instance: string;
  readonly connection: number;
  /** the life of the node's outbox that it spoke of in its hello */
  readonly epoch: string;
  /** fingerprint of the token that it was opened with */
  readonly credential: string;
  /** fingerprint of the token that its agent confirmed on it */
  confirmed: string | undefined;
  /** hash of the secret that its welcome handed out, until its agent has said something after it */
  minted: string | undefined;
  /** what its agent understands beyond the first version of the wire */
  readonly features: readonly string[];
  /** what it named that is not its node's, as far as that was logged */
  readonly named: Set<string>;
  readonly address: string | undefined;
  readonly connectedAt: number;
  /** on the monotonic clock */
  readonly lastFrameAt: number;
  readonly report: LinkReport;
  /** Ends it, for that reason. */
  close(code: CloseCode, reason: string): void;
  /** Sends at once. */
  send(frame: SupervisorFrame): void;
  /** Sends the commands that its node still owes an outcome for. */
  deliverOwed(): Promise<void>;
  /** Sends when the agent has read what came before; the frame is made then. */
  sendInTurn(make: () => SupervisorFrame): void;
}

/** What the agent's last heartbeat said. */
export interface LinkReport {
  readonly at: number;
  readonly opencode: OpencodeReport;
  readonly resources: ResourceReport | undefined;
  readonly sessions: Readonly<Record<string, number>>;
  /** what waits for an acknowledgement; `oldestMs` is how long the oldest of it has, by the agent's clock */
  readonly outbox: { readonly depth: number; readonly bytes: number; readonly oldestMs: number };
  /** how far the node's clock is ahead, by each of the last two heartbeats: one that came late makes it look behind */
  readonly clockAheadMs: readonly number[];
}
