import { type DaemonProgram, loadConfig, openTracing, pathBeside, runDaemonCli, tracingSettings } from "@hal/daemon";
import { pathToFileURL } from "node:url";
import manifest from "../package.json" with { type: "json" };
import { adviceOn, SupervisorConfig } from "./config.ts";
import { type DbProcess, runDb } from "./capabilities/database/run-db.ts";
import { judgeDatabasePlace } from "./capabilities/database/judge-database-place.ts";
import { adviceOnProjects } from "./capabilities/projects/advice-on-projects.ts";
import { adviceOnHost } from "./gate/advice-on-host.ts";
import { createSupervisor } from "./supervisor.ts";
import { readTls } from "./gate/tls-material.ts";

const migrations = (): string =>
  pathBeside(import.meta.url, ["../migrations/supervisor", "../../../packages/store/migrations/supervisor"]);

/** A module that is started as a thread, beside this one. */
const thread = (name: string): URL =>
  pathToFileURL(pathBeside(import.meta.url, [`./hal-supervisor-${name}.js`, `./${name}.ts`]));

/** What traces call this program. */
const tracedAs = { name: "hal-supervisor", version: manifest.version };

const program: DaemonProgram<SupervisorConfig> = {
  name: "hal-supervisor",
  summary: "The control plane of HAL-O-SWARM.",
  version: manifest.version,
  configPath: "/etc/hal-o-swarm/supervisor.config.json",
  schema: SupervisorConfig,
  options: {
    "db-path": { type: "string", describe: "database file ($DB_PATH, database.path)" },
    host: { type: "string", describe: "address to listen on (server.host)" },
    port: { type: "number", describe: "WebSocket port (server.port)" },
    "http-port": { type: "number", describe: "HTTP port, 0 to disable (server.http_port)" },
  },
  load(path, flags, env) {
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
  },
  start: async (config, log, { env, reread }) =>
    createSupervisor(config, {
      version: manifest.version,
      log,
      reread,
      migrations: migrations(),
      writer: thread("writer"),
      checker: thread("checker"),
      tracing: await openTracing(tracingSettings(config.telemetry, env, tracedAs), log),
    }),
};

/** hal-supervisor: reads flags and configuration, then runs until it is told to stop; `db …` looks after its database. */
export function runSupervisor(process: NodeJS.Process): Promise<void> {
  return process.argv[2] === "db" ? runDbCommand(process) : runDaemonCli(program, process);
}

function runDbCommand(process: DbProcess): Promise<void> {
  const { name, configPath } = program;
  const { env } = process;
  const databaseOf = (path: string): string =>
    loadConfig(SupervisorConfig, { path, env, overrides: { "database.path": env["DB_PATH"] } }).config.database.path;
  return runDb({ name, configPath, migrations: migrations(), databaseOf }, process);
}
