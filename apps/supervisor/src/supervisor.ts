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
import { askForBills } from "./billing/ask-for-bills.ts";
import type { Start } from "./capabilities/capability.ts";
import { openStore } from "./capabilities/database/open-store.ts";
import { capabilities } from "./capabilities/index.ts";
import { previousTokens, type SupervisorConfig } from "./config.ts";
import type { Context } from "./context.ts";
import { ControlChannel } from "./control/control-channel.ts";
import { beginRenewal } from "./gate/certificate-renewal.ts";
import { readTls } from "./gate/tls-material.ts";
import { Hub, LinkTable } from "./hub/hub.ts";
import type { Kernel } from "./kernel.ts";
import { limitsOf } from "./limits.ts";
import { EventLog, type EventLogOptions } from "./log/event-log.ts";
import { NamedFollowers } from "./log/named-followers.ts";
import { Readers } from "./log/readers.ts";
import { createMetrics } from "./metrics/metrics.ts";
import { openPorts } from "./open-ports.ts";
import { dispatch } from "./operations/dispatch.ts";
import { Quota } from "./operations/domain/quota.ts";
import { OperationTable } from "./operations/table.ts";
import { ChatDoor } from "./chat/chat-door.ts";
import { LiveConfig } from "./reload.ts";
import { startTimers } from "./timers.ts";

/** How often it is looked at what is to be noticed at once, at least. */
const OFTEN_MS = 1_000;

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

/** Brings up database, capabilities, hub, control channel and HTTP; what it returns stops them in order. */
export async function createSupervisor(config: SupervisorConfig, options: SupervisorOptions): Promise<Supervisor> {
  const closers = new Closers();
  try {
    return await start(config, options, closers);
  } catch (error) {
    await closers[Symbol.asyncDispose]();
    throw error;
  }
}

async function start(config: SupervisorConfig, options: SupervisorOptions, closers: Closers): Promise<Supervisor> {
  const failure = Promise.withResolvers<string>();
  const stopping = new AbortController();
  const tls = readTls(config.security.tls, (options.clock ?? systemClock).now());
  let opened: Awaited<ReturnType<typeof capabilities.open>> | undefined;
  const kernel = await openKernel(config, options, {
    closers,
    onFailure: failure.resolve,
    onAppended: (appended) => opened?.appended(appended),
    stopping: stopping.signal,
  });
  const live = new LiveConfig(config);
  const links = new LinkTable();
  opened = await capabilities.open(
    kernel,
    startOf(config, options, { closers, links, live, onFailure: failure.resolve }),
  );
  const operations = new OperationTable();
  opened.bindTo(operations);
  const context: Context = { ...opened.context, operations, streams: new Quota() };
  const hub = new Hub(context, links);
  closers.add("hub", () => hub[Symbol.dispose]());
  const control = new ControlChannel(context);
  closers.add("control channel", () => control[Symbol.dispose]());
  closers.add("readers", () => stopping.abort());
  opened.addEndings();
  await context.followers.begin(opened.followers);
  closers.use("named followers", context.followers);

  const used = (): SupervisorConfig => live.used;
  new ChatDoor(context, used).open();
  context.incoming.work.askBy((actor, request) => dispatch(context, actor, request));
  const { lateMs, ports } = options;
  const rooms = {
    agent: hub.accept.bind(hub),
    control: control.accept.bind(control),
    agents: () => hub.size,
    controls: () => control.size,
  };
  const open = await openPorts(context, { config, used, tls, rooms, lateMs, ports, closers });
  const { clock, log, audit } = context;
  const lookEveryMs = options.certificateLookMs;
  const certificate = beginRenewal(tls, {
    settings: config.security.tls,
    servers: open.servers,
    clock,
    log,
    audit,
    lookEveryMs,
  });
  closers.add("certificate's renewal", () => certificate?.[Symbol.dispose]());
  const { intervalMs } = context.heartbeat;
  const beats = [hub, control].map((door) => ({ name: "signs of life", everyMs: intervalMs, beat: () => door.beat() }));
  closers.use("timers", startTimers([...beats, ...opened.timers], log));
  sayReady(context, config, { ...open, isTls: tls?.fingerprint ?? false });
  return {
    port: open.port,
    httpPort: open.httpPort,
    failed: failure.promise,
    reload: () => live.reload({ context, opened, certificate, log, reread: options.reread }),
    [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
  };
}

interface Foundations {
  readonly closers: Closers;
  readonly onFailure: (reason: string) => void;
}

async function openKernel(
  config: SupervisorConfig,
  options: SupervisorOptions,
  {
    closers,
    onFailure,
    onAppended,
    stopping,
  }: Foundations & Pick<EventLogOptions, "onAppended"> & { readonly stopping: AbortSignal },
): Promise<Kernel> {
  const { log, version, clock = systemClock } = options;
  const tracing = closers.use("traces", options.tracing ?? noTracing);
  const store = openStore(config, options, onFailure);
  closers.add("database", () => store.close());
  const events = await EventLog.open(store, { log, onAppended });
  closers.add("event log", () => events[Symbol.dispose]());
  const followers = new NamedFollowers({ store, events, clock, log });
  return {
    version,
    startedAt: clock.now(),
    store,
    clock,
    log,
    events,
    followers,
    metrics: createMetrics(version),
    tracing,
    limits: limitsOf(config.limits),
    readers: new Readers(),
    stopping,
  };
}

function startOf(
  config: SupervisorConfig,
  { checker, readerMs, version, clock = systemClock }: SupervisorOptions,
  { closers, onFailure, links, live }: Foundations & { readonly links: LinkTable; readonly live: LiveConfig },
): Start {
  const oftenMs = Math.min(OFTEN_MS, config.server.heartbeat_interval_sec * 1000);
  const asking = { userAgent: `hal-supervisor/${version}`, now: () => clock.now() };
  return {
    config,
    used: () => live.used,
    links,
    askForBills: askForBills(asking),
    checker,
    readerMs,
    oftenMs,
    closers,
    onFailure,
  };
}

function sayReady(
  { log, store }: Kernel,
  config: SupervisorConfig,
  { port, httpPort, isTls }: Pick<Supervisor, "port" | "httpPort"> & { readonly isTls: string | false },
): void {
  const previous = previousTokens(config);
  log.info(
    {
      port,
      http: httpPort ?? "disabled",
      tls: isTls,
      database: config.database.path,
      token: fingerprint(config.server.auth_token),
      ...(previous.length === 0 ? {} : { previous: previous.map(fingerprint) }),
      log_id: store.logId,
    },
    "hal-supervisor is ready",
  );
}
