import {
  type DaemonProgram,
  type Environment,
  type Flags,
  isMissing,
  loadConfig,
  type LoadedConfig,
  openTracing,
  pathBeside,
  printText,
  runDaemonCli,
  StartupError,
  tracingSettings,
} from "@hal/daemon";
import { hostname, networkInterfaces } from "node:os";
import { pathToFileURL } from "node:url";
import manifest from "../package.json" with { type: "json" };
import { adviceOn, SupervisorConfig } from "./config.ts";
import { type DbProcess, runDb } from "./capabilities/database/run-db.ts";
import { judgeDatabasePlace } from "./capabilities/database/judge-database-place.ts";
import { adviceOnProjects } from "./capabilities/projects/advice-on-projects.ts";
import { adviceOnHost } from "./gate/advice-on-host.ts";
import { type Asked, makeQuickHome, quickHome } from "./quick-start/quick-home.ts";
import { quickWords } from "./quick-start/quick-words.ts";
import { createSupervisor, type Supervisor } from "./supervisor.ts";
import { readTls } from "./gate/tls-material.ts";

const migrations = (): string =>
  pathBeside(import.meta.url, ["../migrations/supervisor", "../../../packages/store/migrations/supervisor"]);

/** A module that is started as a thread, beside this one. */
const thread = (name: string): URL =>
  pathToFileURL(pathBeside(import.meta.url, [`./hal-supervisor-${name}.js`, `./${name}.ts`]));

/** What traces call this program. */
const tracedAs = { name: "hal-supervisor", version: manifest.version };

const NAME = "hal-supervisor";
const CONFIG_PATH = "/etc/hal-o-swarm/supervisor.config.json";

function programOf(process: NodeJS.Process): DaemonProgram<SupervisorConfig> {
  const home = quickHome(process.env);
  /** whether it was started with nothing but what it makes itself */
  let isQuick = false;
  return {
    name: NAME,
    summary: "The control plane of HAL-O-SWARM.",
    version: manifest.version,
    configPath: CONFIG_PATH,
    schema: SupervisorConfig,
    options: {
      "db-path": { type: "string", describe: "database file ($DB_PATH, database.path)" },
      host: { type: "string", describe: "address to listen on (server.host)" },
      port: { type: "number", describe: "WebSocket port (server.port)" },
      "http-port": { type: "number", describe: "HTTP port, 0 to disable (server.http_port)" },
      quick: {
        type: "boolean",
        describe: `make a configuration, a token and a database in ${home.folder} and start with them; done unasked at a terminal where there is no configuration`,
      },
    },
    async locate(flags) {
      const hasNone = isMissing(CONFIG_PATH);
      isQuick = flags["quick"] === true || (flags["quick"] !== false && hasNone && isAtTerminal(process));
      if (isQuick) {
        if (flags["validate"] !== true)
          for (const note of await makeQuickHome(home, askedBy(flags))) printText(process.stderr, `${NAME}: ${note}`);
        return home.config;
      }
      if (!hasNone) return CONFIG_PATH;
      throw new StartupError(
        `no configuration file at ${CONFIG_PATH}; name one with --config, or have one made in your own directory with --quick`,
      );
    },
    load,
    async start(config, log, { env, reread }) {
      const supervisor = await createSupervisor(config, {
        version: manifest.version,
        log,
        reread,
        migrations: migrations(),
        writer: thread("writer"),
        checker: thread("checker"),
        tracing: await openTracing(tracingSettings(config.telemetry, env, tracedAs), log),
      });
      if (isQuick) tellQuickStart(process, config, supervisor);
      return supervisor;
    },
  };
}

/** Reads and judges a configuration, with what its flags and variables say laid over it. */
function load(path: string, flags: Flags, env: Environment): LoadedConfig<SupervisorConfig> {
  if (flags["quick"] === true && flags["config"] !== undefined)
    throw new StartupError("--quick makes a configuration of its own: leave it away, or --config and $CONFIG_PATH", {
      exitCode: 2,
    });
  const loaded = loadConfig(SupervisorConfig, {
    path,
    env,
    overrides: {
      "server.host": flags["host"],
      "server.port": flags["port"],
      "server.http_port": flags["httpPort"],
      "database.path": flags["dbPath"] ?? env["DB_PATH"],
    },
  });
  const tls = readTls(loaded.config.security.tls, Date.now());
  tracingSettings(loaded.config.telemetry, env, tracedAs);
  return {
    config: loaded.config,
    warnings: [
      ...loaded.warnings,
      ...adviceOn(loaded.config),
      ...(tls?.advice ?? []),
      ...judgeDatabasePlace(loaded.config.database.path),
      ...adviceOnProjects(loaded.config),
      ...adviceOnHost(loaded.config.server.host),
    ],
  };
}

function isAtTerminal({ stdin, stdout }: NodeJS.Process): boolean {
  return stdin.isTTY && stdout.isTTY;
}

function askedBy(flags: Flags): Asked {
  const { host, port, httpPort } = flags;
  return {
    host: typeof host === "string" ? host : undefined,
    port: typeof port === "number" ? port : undefined,
    httpPort: typeof httpPort === "number" ? httpPort : undefined,
  };
}

/** Says it on standard error: the log is on standard output. The token is for eyes, and not for what keeps a log. */
function tellQuickStart(
  { env, stderr }: NodeJS.Process,
  { server, security }: SupervisorConfig,
  { port, httpPort }: Supervisor,
): void {
  const words = quickWords({
    home: quickHome(env),
    host: server.host,
    port,
    httpPort,
    isTls: security.tls.enabled,
    token: stderr.isTTY ? server.auth_token : undefined,
    interfaces: networkInterfaces(),
    hostname: hostname(),
    isByNpx: env["npm_command"] === "exec",
  });
  printText(stderr, words);
}

/** hal-supervisor: reads flags and configuration, then runs until it is told to stop; `db …` looks after its database. */
export function runSupervisor(process: NodeJS.Process): Promise<void> {
  return process.argv[2] === "db" ? runDbCommand(process) : runDaemonCli(programOf(process), process);
}

function runDbCommand(process: DbProcess): Promise<void> {
  const { env } = process;
  const databaseOf = (path: string): string =>
    loadConfig(SupervisorConfig, { path, env, overrides: { "database.path": env["DB_PATH"] } }).config.database.path;
  return runDb({ name: NAME, configPath: CONFIG_PATH, migrations: migrations(), databaseOf }, process);
}
