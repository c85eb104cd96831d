import { join } from "node:path";
import {
  type Clock,
  Closers,
  type LoadedConfig,
  type Logger,
  noTracing,
  type Running,
  StartupError,
  systemClock,
  type Tracing,
} from "@hal/daemon";
import type { HalEvent } from "@hal/protocol";
import { openAgentStore, StoreError } from "@hal/store/agent";
import { type AgentConfig, trustIn } from "./config.ts";
import type { Context } from "./context.ts";
import { isAtWork } from "./capabilities/sessions/domain/turn.ts";
import { DurableLog } from "./capabilities/sessions/durable-log.ts";
import { followOpencode } from "./capabilities/sessions/follow-opencode.ts";
import { Followed } from "./capabilities/sessions/followed.ts";
import { isIdle } from "./capabilities/sessions/is-idle.ts";
import { type HealthParts, HealthWatch } from "./capabilities/health/health-watch.ts";
import { ProgressWatch } from "./capabilities/health/progress-watch.ts";
import { readTask } from "./capabilities/health/read-task.ts";
import { type InProgress, LiveLane } from "./capabilities/live/live-lane.ts";
import { Acting } from "./capabilities/sessions/acting.ts";
import { Answering } from "./capabilities/sessions/answering.ts";
import { PromptsUnderWay } from "./capabilities/sessions/prompts-under-way.ts";
import { Directories } from "./capabilities/projects/per-directory.ts";
import { Places } from "./capabilities/projects/places.ts";
import { Preconditions } from "./capabilities/preconditions/preconditions.ts";
import { Worktrees } from "./capabilities/projects/worktrees.ts";
import { tidyWorktrees } from "./capabilities/commands/tidy-worktrees.ts";
import { refuseToBegin } from "./capabilities/commands/refuse-to-begin.ts";
import { StopSpenders } from "./capabilities/commands/stop-spenders.ts";
import { noteLeases } from "./capabilities/leases/note-leases.ts";
import { CommandRunner } from "./capabilities/commands/run-command.ts";
import { openBook } from "./capabilities/sessions/open-book.ts";
import { ConfigWatch } from "./capabilities/projects/watch-config.ts";
import { ProjectWatch } from "./capabilities/projects/watch-projects.ts";
import { openTold } from "./open-told.ts";
import { keepDatabase } from "./keep-database.ts";
import { outboxLimitsOf } from "./limits.ts";
import { lockDataDir } from "./lock.ts";
import { connectOpencode } from "./opencode/v1/client.ts";
import { commandEnvironment } from "./opencode/process/environment.ts";
import { OpencodeSupervisor, type SuperviseOptions } from "./opencode/process/supervise.ts";
import { reloadAgent } from "./reload.ts";
import { Credentials } from "./uplink/identity/credentials.ts";
import { createDataDir, loadIdentity } from "./uplink/identity/identity.ts";
import { savedTokenFile } from "./uplink/identity/saved-token-file.ts";
import { resourceMeter } from "./uplink/resources.ts";
import { Uplink, type UplinkOptions } from "./uplink/uplink.ts";

/** opencode beats every 10 s on a stream of events that lives. */
const FOLLOW_TIMES = { silenceMs: 30_000, lookMs: 60_000, doubtMs: 1_000 };

export interface AgentOptions {
  readonly version: string;
  readonly log: Logger;
  readonly migrations: string;
  readonly dataDir: string;
  readonly pid: number;
  /** what opencode's clean environment is made from */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  /** reads the configuration again for a reload */
  readonly reread: () => LoadedConfig<AgentConfig>;
  /** where spans come from; ended with the agent */
  readonly tracing?: Tracing;
}

/** Brings up store, opencode and uplink; what it returns ends them in order, opencode included unless the next agent takes that over. */
export async function createAgent(config: AgentConfig, options: AgentOptions): Promise<Running> {
  const closers = new Closers();
  try {
    return await start(config, options, closers);
  } catch (error) {
    await closers[Symbol.asyncDispose]();
    throw error;
  }
}

async function start(config: AgentConfig, options: AgentOptions, closers: Closers): Promise<Running> {
  const { log, dataDir, env, reread, version, clock = systemClock } = options;
  const tracing = closers.use("traces", options.tracing ?? noTracing);
  createDataDir(dataDir);
  closers.add("lock", lockDataDir(dataDir, options.pid));
  const store = openStore(config, options);
  closers.add("database", () => store.sqlite.close());
  const identity = loadIdentity(dataDir, log);

  const { places, worktrees } = openPlaces(config, options, clock);
  const told = await openTold(store, { clock, log }, config.node.name ?? identity.nodeId);
  const book = await openBook(store, { places, worktrees, spending: told.spending }, log);

  const directories = new Directories(clock);
  const stopping = new AbortController();
  const tell = (event: HalEvent): void => {
    book.add(event);
    book.write().catch((error: unknown) => log.error({ error }, "an event could not be kept"));
  };
  const credentials = openCredentials(config, options);
  const opencode = closers.use(
    "opencode",
    superviseOpencode(
      config,
      options,
      {
        ownSecrets: () => [...credentials.all, ...(identity.secret === undefined ? [] : [identity.secret])],
        clock,
        // the runner last: a command may begin while opencode is asked
        isIdle: async () => (await isIdle(context)) && !runner.isBusy,
        changedConfig: new ConfigWatch({ clock, directories }),
        onRun: (run) => book.runIs(run, clock.now()),
      },
      tell,
    ),
  );
  const durable = new DurableLog();
  const projects = new ProjectWatch(config.projects, { book, clock, directories, durable, log, places }, tell);
  const live = new LiveLane(log, (sessionId) => messageInProgress(context, sessionId));
  closers.add("live lane", () => live[Symbol.dispose]());
  const followed = new Followed();
  const progress = await openProgress({ projects: config.projects, book, clock, log, places, store });
  const health = openHealth(config, { book, clock, log, opencode, followed, readTask });
  const context: Context = {
    version,
    store,
    clock,
    log,
    tracing,
    book,
    opencode,
    live,
    health,
    followed,
    directories,
    durable,
    places,
    worktrees,
    answering: new Answering(),
    acting: new Acting(),
    ...told,
    preconditions: new Preconditions((run) => commandEnvironment(config.opencode, { env, run })),
    prompts: new PromptsUnderWay((beginning) => refuseToBegin({ book, ...told }, beginning)),
    projects: () => projects.reports,
    stopping: stopping.signal,
  };
  const runner = await openRunner(context, closers);
  const following = followOpencode(context, FOLLOW_TIMES, stopping.signal);
  closers.add("opencode's events", () => following.then(() => context.answering.drain()));

  const uplink = closers.use("uplink", openUplink(config, options, { context, runner, identity, credentials }));
  opencode.onChange = () => uplink.beat();
  const watching = Promise.all([projects.run(stopping.signal), tidyWorktrees(context, stopping.signal)]);
  const caring = Promise.all([health.run(stopping.signal), progress.run(stopping.signal), keepDatabase(context)]);
  const counting = Promise.all([new StopSpenders(context, config.projects).run(stopping.signal), noteLeases(context)]);
  const recovering = recoverWhenUp(context, runner, opencode);
  closers.add("background work", () => endAll(stopping, [watching, caring, counting, recovering]));
  sayRunning(config, options, identity.nodeId);
  return {
    reload: async () => reloadAgent({ started: config, reread, uplink, env, log }),
    leave: () => opencode.leave(),
    [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
  };
}

function sayRunning({ projects }: AgentConfig, { log, dataDir }: AgentOptions, node: string): void {
  log.info({ node, data_dir: dataDir, projects: projects.map(({ name }) => name) }, "hal-agent is running");
}

async function endAll(stopping: AbortController, work: readonly Promise<unknown>[]): Promise<void> {
  stopping.abort();
  await Promise.all(work);
}

function superviseOpencode(
  { opencode, opencode_port: port }: AgentConfig,
  { dataDir, env, log }: AgentOptions,
  how: Pick<SuperviseOptions, "ownSecrets" | "clock" | "isIdle" | "changedConfig" | "onRun">,
  tell: (event: HalEvent) => void,
): OpencodeSupervisor {
  return new OpencodeSupervisor({ config: opencode, port, dataDir, env, log, connect: connectOpencode, ...how }, tell);
}

function openCredentials(config: AgentConfig, { dataDir, log }: AgentOptions): Credentials {
  const token = { token: config.auth_token, url: config.supervisor_url };
  return new Credentials(token, savedTokenFile(dataDir, log));
}

function openPlaces({ projects }: AgentConfig, { dataDir, env }: AgentOptions, clock: Clock) {
  const worktrees = new Worktrees(dataDir, projects, env);
  return { worktrees, places: new Places(projects, clock, worktrees) };
}

function openHealth({ health }: AgentConfig, parts: HealthParts): HealthWatch {
  return new HealthWatch(parts, { quietMs: health.quiet_seconds * 1000, taskMs: health.task_seconds * 1000 });
}

async function openRunner(context: Context, closers: Closers): Promise<CommandRunner> {
  const runner = new CommandRunner(context);
  await runner.load();
  closers.add("commands", () => runner.drain());
  return runner;
}

async function openProgress(parts: ConstructorParameters<typeof ProgressWatch>[0]): Promise<ProgressWatch> {
  const progress = new ProgressWatch(parts);
  await progress.load();
  return progress;
}

function openUplink(
  config: AgentConfig,
  { dataDir, env }: AgentOptions,
  parts: Pick<UplinkOptions, "context" | "runner" | "identity" | "credentials">,
): Uplink {
  return new Uplink({
    ...parts,
    url: config.supervisor_url.replace(/^http/, "ws"),
    trust: trustIn(config, env),
    name: config.node.name,
    labels: config.node.labels ?? {},
    resources: resourceMeter(dataDir),
  });
}

function openStore(config: AgentConfig, options: AgentOptions) {
  try {
    return openAgentStore({
      file: join(options.dataDir, "agent.db"),
      migrations: options.migrations,
      limits: outboxLimitsOf(config.limits),
      onWarning: (text) => options.log.warn(text),
    });
  } catch (error) {
    throw error instanceof StoreError ? new StartupError(error.message, { cause: error }) : error;
  }
}

/** What an earlier run left unfinished can be looked up once opencode answers. */
async function recoverWhenUp(context: Context, runner: CommandRunner, opencode: OpencodeSupervisor): Promise<void> {
  await opencode.waitUp(context.stopping);
  if (!context.stopping.aborted) await runner.recover();
}

/** What a session that is at work is writing; nothing of one that rests, whose last answer may never have ended. */
async function messageInProgress({ book, opencode }: Context, sessionId: string): Promise<InProgress | undefined> {
  return isAtWork(book.get(sessionId)?.status) ? opencode.api().newestMessage(sessionId) : undefined;
}
