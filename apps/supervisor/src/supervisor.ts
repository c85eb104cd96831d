import type { Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import {
  type Clock,
  Closers,
  fingerprint,
  type LoadedConfig,
  type Logger,
  noTracing,
  systemClock,
  type Tracing,
} from "@hal/daemon";
import { type Appended, noteAllDisconnected } from "@hal/store/supervisor";
import { createApp } from "./api/app.ts";
import { authenticator, LATE_MS, slowRefusal } from "./gate/authenticate.ts";
import { careForCertificate } from "./gate/certificate-care.ts";
import { previousTokens, type SupervisorConfig } from "./config.ts";
import type { Context } from "./context.ts";
import { EventLog } from "./log/event-log.ts";
import { Readers } from "./log/readers.ts";
import { Quota } from "./operations/domain/quota.ts";
import { RefusedAgents } from "./capabilities/nodes/domain/refused-agents.ts";
import { StorageHealth } from "./capabilities/database/domain/storage-health.ts";
import { ControlChannel } from "./control/control-channel.ts";
import { Audit } from "./capabilities/audit/audit.ts";
import { CommandSpans } from "./capabilities/commands/command-spans.ts";
import { countAppended } from "./capabilities/commands/count-appended.ts";
import { watchCommits } from "./capabilities/database/watch-commits.ts";
import { keepDatabase } from "./capabilities/database/keep-database.ts";
import { LiveLane } from "./capabilities/live/live-lane.ts";
import { lookAtState } from "./capabilities/state/look-at-state.ts";
import { TokenBook } from "./capabilities/access/token-book.ts";
import { keepReports } from "./capabilities/nodes/watch-liveness.ts";
import { type GateOptions, guardUpgrades, guardWebSockets } from "./gate/gate.ts";
import { Hub, LinkTable } from "./hub/hub.ts";
import { limitsOf } from "./limits.ts";
import { closeServer, createServer, listen, stopListening } from "./gate/listen.ts";
import { createMetrics } from "./metrics/metrics.ts";
import { careOf, openStore } from "./capabilities/database/open-store.ts";
import { LiveConfig } from "./reload.ts";
import { Strangers } from "./gate/strangers.ts";
import { startTimers } from "./timers.ts";
import { readTls } from "./gate/tls-material.ts";

const DAY_MS = 86_400_000;

export interface SupervisorOptions {
  readonly version: string;
  readonly log: Logger;
  /** drizzle's folder for the supervisor's database */
  readonly migrations: string;
  readonly clock?: Clock;
  /** reads the configuration again for a reload */
  readonly reread: () => LoadedConfig<SupervisorConfig>;
  /** where spans come from; ended with the supervisor */
  readonly tracing?: Tracing;
  /** the module of the thread that writes; without it this thread does */
  readonly writer?: URL;
  /** the module of the thread that reads a big database through; without it nobody does */
  readonly checker?: URL;
  /** how long a reader of events may take nothing */
  readonly readerMs?: number;
  /** how long whoever tries wrong tokens waits for each answer */
  readonly lateMs?: number;
  /** how often the certificate's files are looked at */
  readonly certificateLookMs?: number;
  /** where to listen instead of the configured ports; 0 takes any free one */
  readonly ports?: { readonly webSocket: number; readonly http: number };
}

/** A running supervisor and where it listens; `httpPort` is undefined where HTTP is disabled. */
export interface Supervisor extends AsyncDisposable {
  /** resolves with the reason when it cannot go on */
  readonly failed: Promise<string>;
  readonly port: number;
  readonly httpPort: number | undefined;
  /** looks again at what may change while it runs: certificate and configuration */
  reload(): Promise<void>;
}

/** Brings up database, hub, control channel and HTTP; what it returns stops them in order. */
export async function createSupervisor(config: SupervisorConfig, options: SupervisorOptions): Promise<Supervisor> {
  const { log, version } = options;
  const clock = options.clock ?? systemClock;
  const closers = new Closers();
  const tracing = closers.use("traces", options.tracing ?? noTracing);
  try {
    const limits = limitsOf(config.limits);
    const tls = readTls(config.security.tls, clock.now());
    const failure = Promise.withResolvers<string>();
    const store = openStore(config, options, failure.resolve);
    closers.add("database", () => store.close());
    const readers = new Readers();
    const care = careOf(config, options, { readers, onLost: failure.resolve });
    const keeper = closers.use("database's care", keepDatabase(store, care));
    const metrics = createMetrics(version);
    const commandSpans = new CommandSpans(tracing);
    closers.add("spans of commands", () => commandSpans[Symbol.dispose]());
    const storage = new StorageHealth();
    closers.add("watch on commits", watchCommits(store, { metrics, storage, log }));
    const onAppended = (appended: Appended): void => countAppended({ metrics, commandSpans }, appended);
    const events = await EventLog.open(store, { log, onAppended });
    closers.add("event log", () => events[Symbol.dispose]());
    await noteAllDisconnected(store, "not connected since the supervisor started");

    const live = new LiveConfig(config);
    const previous = previousTokens(config);
    const stopping = new AbortController();
    const links = new LinkTable();
    const intervalMs = config.server.heartbeat_interval_sec * 1000;
    const context: Context = {
      version,
      startedAt: clock.now(),
      store,
      clock,
      log,
      events,
      metrics,
      tracing,
      commandSpans,
      links,
      live: new LiveLane(limits.liveWatchers),
      storage,
      readers,
      streams: new Quota(),
      refusedAgents: new RefusedAgents(),
      tokens: await TokenBook.open(store, clock, { current: config.server.auth_token, previous }),
      keeper,
      audit: new Audit(store, {
        clock,
        log,
        isEnabled: config.security.audit.enabled,
        onRefused: (action) => metrics.refused(action),
      }),
      announced: new Set(),
      answerMs: () => Math.round(live.used.interactions.answer_timeout_seconds * 1000),
      readerMs: options.readerMs ?? config.limits.reader_timeout_sec * 1000,
      limits,
      heartbeat: { intervalMs, timeoutMs: intervalMs * config.server.heartbeat_timeout_count },
      stopping: stopping.signal,
    };
    metrics.measure(() => lookAtState(context));

    const { audit } = context;
    const authenticate = authenticator(context.tokens, { audit, log, now: () => clock.monotonic() });
    const refuseSlowly = slowRefusal(clock, limits, options.lateMs ?? LATE_MS, stopping.signal);
    const originAllowlist = (): readonly string[] => live.used.security.origin_allowlist;
    closers.add("entries of the audit", () => audit.settled());
    const hub = new Hub(context, links);
    closers.add("hub", () => hub[Symbol.dispose]());
    const control = new ControlChannel(context);
    closers.add("control channel", () => control[Symbol.dispose]());
    closers.add("followers", () => stopping.abort());
    closers.add("last reports", () => keepReports(context));
    closers.add("refusals that were counted", () => context.audit.keepCounted());
    closers.add("last uses of tokens", () => context.tokens.keepUses());

    const gate: Omit<GateOptions, "strangers"> = {
      authenticate,
      refuseSlowly,
      clock,
      originAllowlist,
      limits,
      audit,
      log,
      onAgentRefused: (refusal) => context.refusedAgents.note(refusal, clock.now()),
      rooms: {
        agent: (socket, actor) => hub.accept(socket, actor),
        control: (socket, actor) => control.accept(socket, actor),
        agents: () => hub.size,
        controls: () => control.size,
      },
    };
    const webSocketServer = createServer(tls, limits);
    const servers = [webSocketServer];
    const strangersOf = (server: Server, key: string): Strangers =>
      new Strangers(server, { clock, log, limits, port: key });
    guardWebSockets(webSocketServer, { ...gate, strangers: strangersOf(webSocketServer, "server.port") });
    const { host } = config.server;
    const webSocketPort = options.ports?.webSocket ?? config.server.port;
    const port = await listen(webSocketServer, { port: webSocketPort, host, key: "server.port" });
    closers.add("WebSocket port", () => stopListening(webSocketServer));

    let httpPort: number | undefined;
    if (config.server.http_port !== 0) {
      const app = createApp(context, { authenticate, refuseSlowly, originAllowlist });
      const httpServer = createServer(tls, limits);
      servers.push(httpServer);
      guardUpgrades(httpServer, { ...gate, strangers: strangersOf(httpServer, "server.http_port") });
      const answer = getRequestListener(app.fetch);
      httpServer.on("request", (request, response) => void answer(request, response));
      httpPort = await listen(httpServer, {
        port: options.ports?.http ?? config.server.http_port,
        host,
        key: "server.http_port",
      });
      closers.add("HTTP port", () => closeServer(httpServer));
    }

    const certificate = careForCertificate(tls, {
      settings: config.security.tls,
      servers,
      clock,
      log,
      audit,
      lookEveryMs: options.certificateLookMs,
    });
    closers.add("certificate's care", () => certificate?.[Symbol.dispose]());
    closers.use(
      "timers",
      startTimers(context, { hub, control }, () => live.used.security.audit.retention_days * DAY_MS),
    );
    log.info(
      {
        port,
        http: httpPort ?? "disabled",
        tls: tls === undefined ? false : tls.fingerprint,
        database: config.database.path,
        token: fingerprint(config.server.auth_token),
        ...(previous.length === 0 ? {} : { previous: previous.map(fingerprint) }),
        log_id: store.logId,
      },
      "hal-supervisor is ready",
    );
    return {
      port,
      httpPort,
      failed: failure.promise,
      reload: () => live.reload({ context, care: keeper, certificate, log, reread: options.reread }),
      [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
    };
  } catch (error) {
    await closers[Symbol.asyncDispose]();
    throw error;
  }
}
