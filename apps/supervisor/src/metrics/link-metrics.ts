import { AGENT_FRAME_TYPES, SUPERVISOR_FRAME_TYPES } from "@hal/protocol";
import { Counter, Histogram, type Registry } from "prom-client";

const OTHER = "other";

/** Why links end, by close code; a code that is not here is a connection that was lost. */
const CLOSE_REASONS: Readonly<Record<number, string>> = {
  1000: "stopped",
  1001: "supervisor_stopped",
  1008: "refused",
  1009: "protocol",
  1011: "internal",
  1013: "database",
  4000: "protocol",
  4001: "refused",
  4002: "refused",
  4003: "replaced",
  4004: "refused",
  4005: "hole",
  4006: "refused",
  4007: "silent",
  4008: "slow",
  4009: "token",
};
const LOST = "lost";

function linkFamilies(registers: Registry[]) {
  const opened = new Counter({
    name: "hal_o_swarm_links_opened_total",
    help: "Connections of agents that were let in, before their hello is judged",
    registers,
  });
  const closed = new Counter({
    name: "hal_o_swarm_links_closed_total",
    help: "Connections of agents that ended, by the class of the close code",
    labelNames: ["reason"] as const,
    registers,
  });
  const received = new Counter({
    name: "hal_o_swarm_link_frames_received_total",
    help: "Frames that agents sent, by type",
    labelNames: ["type"] as const,
    registers,
  });
  const receivedBytes = new Counter({
    name: "hal_o_swarm_link_received_bytes_total",
    help: "Bytes of the frames that agents sent",
    registers,
  });
  const sent = new Counter({
    name: "hal_o_swarm_link_frames_sent_total",
    help: "Frames that were sent to agents, by type",
    labelNames: ["type"] as const,
    registers,
  });
  const sentBytes = new Counter({
    name: "hal_o_swarm_link_sent_bytes_total",
    help: "Bytes of the frames that were sent to agents",
    registers,
  });
  const ignored = new Counter({
    name: "hal_o_swarm_frames_ignored_total",
    help: "Frames of a type that this version does not know, or that did not fit it",
    registers,
  });
  const dropped = new Counter({
    name: "hal_o_swarm_frame_fields_dropped_total",
    help: "Fields of an agent's hello or heartbeat that did not fit and were dropped",
    labelNames: ["type"] as const,
    registers,
  });
  const liveFrames = new Counter({
    name: "hal_o_swarm_live_frames_total",
    help: "Frames of live text that agents sent, for whoever watched",
    registers,
  });
  const acknowledgement = new Histogram({
    name: "hal_o_swarm_acknowledgement_duration_seconds",
    help: "Time from the arrival of a frame of events to its commit, after which it is acknowledged, in seconds",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  });
  return { opened, closed, received, receivedBytes, sent, sentBytes, ignored, dropped, liveFrames, acknowledgement };
}

/** Connections of agents and what goes over them. */
export function linkMetrics(registers: Registry[]) {
  const { opened, closed, received, receivedBytes, sent, sentBytes, ignored, dropped, liveFrames, acknowledgement } =
    linkFamilies(registers);
  for (const reason of new Set([...Object.values(CLOSE_REASONS), LOST])) closed.inc({ reason }, 0);
  for (const type of [...AGENT_FRAME_TYPES, OTHER]) received.inc({ type }, 0);
  for (const type of SUPERVISOR_FRAME_TYPES) sent.inc({ type }, 0);
  for (const type of ["hello", "heartbeat"]) dropped.inc({ type }, 0);
  return {
    linkOpened(): void {
      opened.inc();
    },
    linkClosed(code: number): void {
      closed.inc({ reason: CLOSE_REASONS[code] ?? LOST });
    },
    frameReceived(type: string | undefined, bytes: number): void {
      received.inc({ type: type !== undefined && AGENT_FRAME_TYPES.has(type) ? type : OTHER });
      receivedBytes.inc(bytes);
    },
    frameSent(type: string, bytes: number): void {
      sent.inc({ type });
      sentBytes.inc(bytes);
    },
    frameIgnored(): void {
      ignored.inc();
    },
    fieldsDropped(type: "hello" | "heartbeat", count: number): void {
      dropped.inc({ type }, count);
    },
    liveFrameTaken(): void {
      liveFrames.inc();
    },
    eventsCommitted(seconds: number): void {
      acknowledgement.observe(seconds);
    },
  };
}
