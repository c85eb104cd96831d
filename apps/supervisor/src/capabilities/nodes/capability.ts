import { recordAllDisconnected } from "@hal/store/supervisor";
import type { Context as AccessContext } from "../access/context.ts";
import { capability } from "../capability.ts";
import type { Context } from "./context.ts";
import { nodeGauges } from "./gauges.ts";
import { Differences } from "./domain/differences.ts";
import { RefusedAgents } from "./domain/refused-agents.ts";
import { holdBriefing } from "./brief-holds.ts";
import { Held } from "./held.ts";
import { briefAll } from "./brief-all.ts";
import { Briefings } from "./briefings.ts";
import { tokenBriefing } from "./node-credential.ts";
import { nodeHandlers } from "./operations.ts";
import { announceOffline } from "./announce-offline.ts";
import { saveReports } from "./save-reports.ts";

/** How far apart last reports are kept, at least. */
const REPORTS_MS = 5_000;

/** The machines that run an agent, and how they are. */
export const nodes = capability<AccessContext, Context>()({
  name: "nodes",
  async open(below, { config, links }) {
    const { store } = below;
    await recordAllDisconnected(store, "not connected since the supervisor started");
    const briefings = new Briefings();
    briefings.add((node) => tokenBriefing(below, node));
    const held = new Held(store);
    await held.refresh();
    briefings.add((node) => holdBriefing(held, node));
    const intervalMs = config.server.heartbeat_interval_sec * 1000;
    return {
      links,
      briefings,
      held,
      refusedAgents: new RefusedAgents(),
      differences: new Differences(),
      announced: new Set(),
      heartbeat: { intervalMs, timeoutMs: intervalMs * config.server.heartbeat_timeout_count },
    };
  },
  gauges: nodeGauges,
  handlers: nodeHandlers,
  timers: (context, { oftenMs }) => [
    { name: "watching nodes", everyMs: oftenMs, work: () => announceOffline(context) },
    {
      name: "keeping reports",
      everyMs: Math.max(context.heartbeat.intervalMs, REPORTS_MS),
      work: () => saveReports(context),
    },
  ],
  async reload(context, { changed }) {
    if (changed.some((key) => key.endsWith("auth_token"))) await briefAll(context);
  },
  beforeLinksEnd: (context) => saveReports(context),
});
