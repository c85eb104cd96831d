import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createLogger, loadConfig, logFormatOf, logLevelOf, runDaemon, StartupError } from "@hal/daemon";
import yargs from "yargs";
import manifest from "../package.json" with { type: "json" };
import { adviceOn, SupervisorConfig } from "./config.ts";
import { createSupervisor } from "./supervisor.ts";

const DEFAULT_CONFIG = "/etc/hal-o-swarm/supervisor.config.json";

interface Flags {
  readonly config: string;
  readonly validate: boolean;
  readonly dbPath: string | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly httpPort: number | undefined;
}

/** hal-supervisor: reads flags and configuration, then runs until it is told to stop. */
export async function runSupervisor(process: NodeJS.Process): Promise<void> {
  const flags = parseFlags(process);
  if (flags === undefined) return;
  if (flags.validate) {
    validate(process, flags);
    return;
  }
  const { level, warning } = logLevelOf(process.env["LOG_LEVEL"]);
  const log = createLogger({
    name: "hal-supervisor",
    level,
    format: logFormatOf(process.env, process.stdout.isTTY),
  });
  if (warning !== undefined) log.warn(warning);
  await runDaemon({
    name: "hal-supervisor",
    process,
    log,
    start: async () => {
      const { config, warnings } = load(process, flags);
      for (const advice of warnings) log.warn(advice);
      return createSupervisor(config, { version: manifest.version, log, migrations: migrationsFolder() });
    },
  });
}

function parseFlags(process: NodeJS.Process): Flags | undefined {
  const { argv, env } = process;
  let problem: string | undefined;
  const parsed = yargs(argv.slice(2))
    .scriptName("hal-supervisor")
    .usage("$0 [--config FILE]\n\nThe control plane of HAL-O-SWARM.")
    .option("config", {
      type: "string",
      default: env["CONFIG_PATH"] ?? DEFAULT_CONFIG,
      defaultDescription: `$CONFIG_PATH or ${DEFAULT_CONFIG}`,
      describe: "configuration file",
    })
    .option("validate", {
      type: "boolean",
      default: false,
      describe: "judge the configuration and exit; touches nothing",
    })
    .option("db-path", { type: "string", describe: "database file ($DB_PATH, database.path)" })
    .option("host", { type: "string", describe: "address to listen on (server.host)" })
    .option("port", { type: "number", describe: "WebSocket port (server.port)" })
    .option("http-port", { type: "number", describe: "HTTP port, 0 to disable (server.http_port)" })
    .version(manifest.version)
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      problem = message ?? error.message;
    })
    .parseSync();
  if (problem !== undefined) {
    process.stderr.write(`hal-supervisor: ${problem}; see hal-supervisor --help\n`);
    process.exitCode = 2;
    return undefined;
  }
  if (argv.includes("--help") || argv.includes("--version")) return undefined;
  return parsed;
}

function load(process: NodeJS.Process, flags: Flags) {
  const loaded = loadConfig(SupervisorConfig, {
    path: flags.config,
    env: process.env,
    overrides: {
      "server.host": flags.host,
      "server.port": flags.port,
      "server.http_port": flags.httpPort,
      "database.path": flags.dbPath ?? process.env["DB_PATH"],
    },
  });
  return { config: loaded.config, warnings: [...loaded.warnings, ...adviceOn(loaded.config)] };
}

function validate(process: NodeJS.Process, flags: Flags): void {
  try {
    const { warnings } = load(process, flags);
    for (const warning of warnings) process.stdout.write(`warning: ${warning}\n`);
    process.stdout.write("configuration valid\n");
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}

/** Beside the bundle where it is shipped, in the store's package when run from the sources. */
function migrationsFolder(): string {
  const shipped = fileURLToPath(new URL("../migrations/supervisor", import.meta.url));
  return existsSync(shipped)
    ? shipped
    : fileURLToPath(new URL("../../../packages/store/migrations/supervisor", import.meta.url));
}
