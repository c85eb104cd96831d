import { SESSION_STATUSES } from "@hal/protocol";
import { Gauge, type Registry } from "prom-client";
import { FOLLOWER_DOORS, FOLLOWER_NAMES } from "../log/domain/lag.ts";
import { CHECK_STATES } from "../capabilities/database/domain/storage-health.ts";
import type { State } from "../capabilities/state/domain/state.ts";

const NODE_STATUSES = ["online", "degraded", "offline"] as const;
const OPEN_STATES = ["queued", "sent", "running"] as const;

/** Values by what a gauge's one label says. */
type Labelled = readonly [label: string, values: readonly string[], read: (state: State, value: string) => number];

/** Makes gauges that are all looked at in one moment. */
interface GaugeMaker {
  readonly plain: (name: string, help: string, read: (state: State) => number) => void;
  readonly labelled: (name: string, help: string, values: Labelled) => void;
}

/** How the supervisor is, looked at once for each scrape. */
export function stateGauges(registers: Registry[]) {
  let look: (() => Promise<State>) | undefined;
  let looking: Promise<State | undefined> | undefined;
  // all gauges of one scrape ask in the same breath and are shown the same moment
  const now = (): Promise<State | undefined> =>
    (looking ??= (look?.() ?? Promise.resolve(undefined)).finally(() => {
      looking = undefined;
    }));

  const plain = (name: string, help: string, read: (state: State) => number): void => {
    const gauge: Gauge = new Gauge({
      name: `hal_o_swarm_${name}`,
      help,
      registers,
      collect: async () => {
        const state = await now();
        gauge.set(state === undefined ? 0 : read(state));
      },
    });
  };
  const labelled = (name: string, help: string, [label, values, read]: Labelled): void => {
    const gauge = new Gauge({
      name: `hal_o_swarm_${name}`,
      help,
      labelNames: [label],
      registers,
      collect: async () => {
        const state = await now();
        for (const value of values) gauge.set({ [label]: value }, state === undefined ? 0 : read(state, value));
      },
    });
  };

  for (const make of [nodeGauges, outboxGauges, followingGauges, databaseGauges]) make({ plain, labelled });
  return {
    /** says where the gauges get their values */
    measure(from: () => Promise<State>): void {
      look = from;
    },
  };
}

/** Nodes, their sessions and their links. */
function nodeGauges({ plain, labelled }: GaugeMaker): void {
  plain("connections_active", "Agents that are connected now", ({ connections }) => connections);
  plain("nodes_online", "Nodes that are online or degraded now", ({ nodes }) => nodes.online + nodes.degraded);
  labelled("nodes", "Nodes that were ever there, by status", [
    "status",
    NODE_STATUSES,
    ({ nodes }, status) => of(nodes, status) ?? 0,
  ]);
  labelled("sessions_active", "Sessions by status", [
    "status",
    SESSION_STATUSES,
    ({ sessions }, status) => of(sessions, status) ?? 0,
  ]);
  plain(
    "link_silence_seconds",
    "Longest silence of an agent that is connected, in seconds",
    ({ silentMs }) => silentMs / 1000,
  );
}

/** What waits in the outboxes of nodes. */
function outboxGauges({ plain }: GaugeMaker): void {
  plain("outbox_events", "Events that wait in the outboxes of all connected nodes", ({ outbox }) => outbox.events);
  plain("outbox_events_max", "Events that wait in the fullest outbox", ({ outbox }) => outbox.eventsMax);
  plain("outbox_bytes", "Bytes that wait in the outboxes of all connected nodes", ({ outbox }) => outbox.bytes);
  plain("outbox_bytes_max", "Bytes that wait in the biggest outbox", ({ outbox }) => outbox.bytesMax);
  plain(
    "outbox_oldest_seconds",
    "How long the oldest event in any outbox has waited, in seconds, by its node's own clock",
    ({ outbox }) => outbox.oldestMs / 1000,
  );
}

/** Commands that are open, and whoever follows. */
function followingGauges({ plain, labelled }: GaugeMaker): void {
  labelled("commands_open", "Commands without an outcome, by state", [
    "state",
    OPEN_STATES,
    ({ commands }, state) => of(commands, state)?.count ?? 0,
  ]);
  labelled("commands_oldest_seconds", "Age of the oldest command without an outcome in seconds, by state", [
    "state",
    OPEN_STATES,
    ({ commands }, state) => (of(commands, state)?.oldestMs ?? 0) / 1000,
  ]);

  labelled("followers", "Readers of the event log, by door", [
    "door",
    FOLLOWER_DOORS,
    ({ followers }, door) => of(followers, door)?.count ?? 0,
  ]);
  labelled("follower_lag_events", "Events that the slowest reader of the event log has not taken, by door", [
    "door",
    FOLLOWER_DOORS,
    ({ followers }, door) => of(followers, door)?.lagEvents ?? 0,
  ]);
  plain(
    "told_differences",
    "Sessions of which the event log says something else than their agents told",
    ({ differences }) => differences,
  );
  labelled("named_follower_lag_events", "Places of the event log between a named follower and the newest event", [
    "name",
    FOLLOWER_NAMES,
    ({ named }, name) => of(named, name)?.lagEvents ?? 0,
  ]);
  labelled("named_follower_stuck", "1 where a named follower fails at an event and tries it again, else 0", [
    "name",
    FOLLOWER_NAMES,
    ({ named }, name) => (of(named, name)?.isStuck === true ? 1 : 0),
  ]);
  labelled("named_follower_set_aside", "Events that a named follower tried in vain and went on without", [
    "name",
    FOLLOWER_NAMES,
    ({ named }, name) => of(named, name)?.setAside ?? 0,
  ]);
  plain("watchers", "Watchers of live text", ({ watchers }) => watchers);
}

/** The database and its maintenance. */
function databaseGauges({ plain, labelled }: GaugeMaker): void {
  plain("database_size_bytes", "Size of the database's file", ({ database }) => database.sizeBytes);
  plain("database_wal_bytes", "Size of what is not in the main file yet", ({ database }) => database.walBytes);
  plain(
    "database_backup_timestamp_seconds",
    "When the last backup was made, in seconds since 1970; 0 where there is none",
    ({ database }) => database.backupAt / 1000,
  );
  plain("database_writable", "1 where the last commit was taken, else 0", ({ database }) =>
    database.isWritable ? 1 : 0,
  );
  labelled("database_check", "1 for how far the reading of the database is, by state", [
    "state",
    CHECK_STATES,
    ({ database }, state) => (database.check === state ? 1 : 0),
  ]);
}

function of<T>(values: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}
