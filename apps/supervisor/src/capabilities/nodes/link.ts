import type { CloseCode, OpencodeReport, ResourceReport, SupervisorFrame } from "@hal/protocol";

/** The connections to agents, as those see them who ask something of a node. */
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
  /** whether its welcome has gone out: nothing may go before that */
  readonly isWelcomed: boolean;
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
  /** the holds that its agent has on its disk */
  readonly holds: readonly string[];
  /** how far the node's clock is ahead, by each of the last two heartbeats: one that came late makes it look behind */
  readonly clockAheadMs: readonly number[];
}
