import { COMMAND_TYPES, EVENT_TYPES, isCommandType, isEventType, SESSION_STATUSES } from "@hal/protocol";
import { Counter, Gauge, Histogram, Registry } from "prom-client";

const OUTCOMES = ["succeeded", "failed", "cancelled", "expired"] as const;

/** Gauges are computed when they are read; these say how. */
export interface Measurements {
  connections(): number;
  nodesOnline(): Promise<number>;
  sessionsByStatus(): Promise<Readonly<Record<string, number>>>;
}

export type Metrics = ReturnType<typeof createMetrics>;

/** The metric families of the deployment guide, with every label value present from the first scrape on. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  let measurements: Measurements | undefined;

  const commands = new Counter({
    name: "hal_o_swarm_commands_total",
    help: "Commands that reached an outcome, by type and outcome",
    labelNames: ["type", "status"] as const,
    registers,
  });
  const events = new Counter({
    name: "hal_o_swarm_events_total",
    help: "Events appended to the log, by type",
    labelNames: ["type"] as const,
    registers,
  });
  const duplicates = new Counter({
    name: "hal_o_swarm_events_duplicate_total",
    help: "Events that were in the log already and were dropped",
    registers,
  });
  const framesIgnored = new Counter({
    name: "hal_o_swarm_frames_ignored_total",
    help: "Frames of a type that this version does not know, or that did not fit it",
    registers,
  });
  const liveFrames = new Counter({
    name: "hal_o_swarm_live_frames_total",
    help: "Frames of live text that agents sent, for whoever watched",
    registers,
  });
  const duration = new Histogram({
    name: "hal_o_swarm_command_duration_seconds",
    help: "Time from a command's making to its outcome, by type",
    labelNames: ["type"] as const,
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const connections: Gauge = new Gauge({
    name: "hal_o_swarm_connections_active",
    help: "Agents that are connected now",
    registers,
    collect: () => {
      connections.set(measurements?.connections() ?? 0);
    },
  });
  const nodesOnline: Gauge = new Gauge({
    name: "hal_o_swarm_nodes_online",
    help: "Nodes that are online or degraded now",
    registers,
    collect: async () => {
      nodesOnline.set((await measurements?.nodesOnline()) ?? 0);
    },
  });
  const sessions = new Gauge({
    name: "hal_o_swarm_sessions_active",
    help: "Sessions by status",
    labelNames: ["status"] as const,
    registers,
    collect: async () => {
      const counts = (await measurements?.sessionsByStatus()) ?? {};
      for (const status of SESSION_STATUSES) sessions.set({ status }, counts[status] ?? 0);
    },
  });

  for (const type of COMMAND_TYPES) {
    for (const status of OUTCOMES) commands.inc({ type, status }, 0);
    duration.zero({ type });
  }
  for (const type of [...EVENT_TYPES, "other"]) events.inc({ type }, 0);

  return {
    registry,
    /** says where the gauges get their values */
    measure(from: Measurements): void {
      measurements = from;
    },
    eventsAppended(type: string, count = 1): void {
      events.inc({ type: isEventType(type) ? type : "other" }, count);
    },
    duplicatesDropped(count: number): void {
      if (count > 0) duplicates.inc(count);
    },
    frameIgnored(): void {
      framesIgnored.inc();
    },
    liveFrameTaken(): void {
      liveFrames.inc();
    },
    commandFinished(type: string, status: string, seconds: number): void {
      const label = isCommandType(type) ? type : "other";
      commands.inc({ type: label, status });
      duration.observe({ type: label }, seconds);
    },
  };
}
