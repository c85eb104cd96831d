import type { CommandState, SessionView } from "@hal/protocol";
import type { FollowerDoor, FollowerName, Lag } from "../../../log/domain/lag.ts";
import type { CheckState } from "../../database/domain/storage-health.ts";
import type { NodeStatus } from "../../nodes/domain/node-status.ts";

/** How a named follower is. */
export interface NamedLag {
  readonly lagEvents: number;
  readonly isStuck: boolean;
  readonly setAside: number;
}

/** How the supervisor is at one moment, as its gauges show it. */
export interface State {
  readonly connections: number;
  readonly nodes: Readonly<Record<NodeStatus["status"], number>>;
  readonly sessions: Partial<Readonly<Record<SessionView["status"], number>>>;
  /** of the connected node that has said nothing for longest */
  readonly silentMs: number;
  /** what connected nodes reported last: sums, and the highest of one node */
  readonly outbox: {
    readonly events: number;
    readonly eventsMax: number;
    readonly bytes: number;
    readonly bytesMax: number;
    readonly oldestMs: number;
  };
  readonly commands: Partial<Readonly<Record<CommandState, { readonly count: number; readonly oldestMs: number }>>>;
  readonly followers: Readonly<Record<FollowerDoor, Lag>>;
  readonly named: Partial<Readonly<Record<FollowerName, NamedLag>>>;
  readonly watchers: number;
  /** sessions of which the log says something else than their agents told */
  readonly differences: number;
  readonly database: {
    readonly sizeBytes: number;
    readonly walBytes: number;
    /** 0 where there is no backup */
    readonly backupAt: number;
    readonly check: CheckState;
    readonly isWritable: boolean;
  };
}
