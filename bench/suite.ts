import type { Benchmark } from "./benchmark.ts";
import { acknowledged } from "./figures/acknowledged.ts";
import { agentCost } from "./figures/agent-cost.ts";
import { commandRoundTrip } from "./figures/command-round-trip.ts";
import { costReport } from "./figures/cost-report.ts";
import { eventLoopLag } from "./figures/event-loop-lag.ts";
import { halctl } from "./figures/halctl.ts";
import { idleAgents } from "./figures/idle-agents.ts";
import { idleChannels } from "./figures/idle-channels.ts";
import { inbox } from "./figures/inbox.ts";
import { ingest } from "./figures/ingest.ts";
import { ingestTurns } from "./figures/ingest-turns.ts";
import { ingestLatency } from "./figures/ingest-latency.ts";
import { manyFollowers } from "./figures/many-followers.ts";
import { opencodeToLog } from "./figures/opencode-to-log.ts";
import { policies } from "./figures/policies.ts";
import { queries } from "./figures/queries.ts";
import { slowReader } from "./figures/slow-reader.ts";
import { start } from "./figures/start.ts";

/** All benchmarks, in the order of the table in RESULTS.md. */
export const SUITE: readonly Benchmark[] = [
  ingest,
  ingestTurns,
  ingestLatency,
  eventLoopLag,
  commandRoundTrip,
  idleAgents,
  start,
  queries,
  costReport,
  policies,
  inbox,
  opencodeToLog,
  agentCost,
  halctl,
  slowReader,
  manyFollowers,
  acknowledged,
  idleChannels,
];
