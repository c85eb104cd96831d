import { accessSync, constants, existsSync, mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  createLogger,
  type Environment,
  fingerprint,
  loadConfig,
  logFormatOf,
  logLevelOf,
  runDaemon,
  StartupError,
} from "@hal/daemon";
import yargs from "yargs";
import manifest from "../package.json" with { type: "json" };
import { createAgent } from "./agent.ts";
import { AgentConfig, wrongFile } from "./config.ts";
import { checkProjects } from "./flows/check-projects.ts";

const DEFAULT_CONFIG = "/etc/hal-o-swarm/agent.config.json";
const SYSTEM_DATA_DIR = "/var/lib/hal-o-swarm/agent";

interface Flags {
  readonly config: string;
  readonly validate: boolean;
  readonly supervisor: string | undefined;
  readonly token: string | undefined;
  readonly dataDir: string | undefined;
}

/** hal-agent: reads flags and configuration, then runs until it is told to stop. */
export async function runAgent(process: NodeJS.Process): Promise<void> {
  const flags = parseFlags(process);
  if (flags === undefined) return;
  if (flags.validate) {
    validate(process, flags);
    return;
  }
  const { level, warning } = logLevelOf(process.env["LOG_LEVEL"]);
  const log = createLogger({ name: "hal-agent", level, format: logFormatOf(process.env, process.stdout.isTTY) });
  if (warning !== undefined) log.warn(warning);
  await runDaemon({
    name: "hal-agent",
    process,
    log,
    start: async () => {
      const { config, warnings } = load(process.env, flags);
      for (const one of warnings) log.warn(one);
      log.info({ token: fingerprint(config.auth_token), supervisor: config.supervisor_url }, "starting");
      return createAgent(config, {
        version: manifest.version,
        log,
        migrations: migrationsFolder(),
        dataDir: config.data_dir ?? defaultDataDir(process.env),
        pid: process.pid,
        env: process.env,
      });
    },
  });
}

function parseFlags(process: NodeJS.Process): Flags | undefined {
  const { argv, env } = process;
  let problem: string | undefined;
  const parsed = yargs(argv.slice(2))
    .scriptName("hal-agent")
    .usage("$0 [--config FILE]\n\nRuns opencode on this machine for a HAL supervisor.")
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
    .option("supervisor", { type: "string", describe: "address of the supervisor (supervisor_url)" })
    .option("token", { type: "string", describe: "token for the supervisor (auth_token)" })
    .option("data-dir", { type: "string", describe: "identity, outbox, opencode's data ($HAL_DATA_DIR, data_dir)" })
    .version(manifest.version)
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      problem = message ?? error.message;
    })
    .parseSync();
  if (problem !== undefined) {
    process.stderr.write(`hal-agent: ${problem}; see hal-agent --help\n`);
    process.exitCode = 2;
    return undefined;
  }
  if (argv.includes("--help") || argv.includes("--version")) return undefined;
  return parsed;
}

function load(env: Environment, flags: Flags) {
  if (existsSync(flags.config)) refuseWrongFile(flags.config);
  return loadConfig(AgentConfig, {
    path: flags.config,
    env,
    overrides: {
      supervisor_url: flags.supervisor,
      auth_token: flags.token,
      data_dir: flags.dataDir ?? env["HAL_DATA_DIR"],
    },
  });
}

function refuseWrongFile(path: string): void {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return; // loading it says what is wrong with it
  }
  const problem = wrongFile(value);
  if (problem !== undefined) throw new StartupError(`${path}: ${problem}`);
}

function validate(process: NodeJS.Process, flags: Flags): void {
  try {
    const { config, warnings } = load(process.env, flags);
    for (const warning of warnings) process.stdout.write(`warning: ${warning}\n`);
    for (const { name, state, reason } of checkProjects(config.projects))
      if (state !== "ready") process.stdout.write(`warning: project ${name} is ${state}: ${reason ?? ""}\n`);
    process.stdout.write("configuration valid\n");
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}

/** The system service's directory where this user may write there, else the user's own. */
function defaultDataDir(env: Environment): string {
  try {
    mkdirSync(SYSTEM_DATA_DIR, { recursive: true, mode: 0o700 });
    accessSync(SYSTEM_DATA_DIR, constants.W_OK);
    return SYSTEM_DATA_DIR;
  } catch {
    return join(env["XDG_STATE_HOME"] ?? join(homedir(), ".local", "state"), "hal-agent");
  }
}

/** Beside the bundle where it is shipped, in the store's package when run from the sources. */
function migrationsFolder(): string {
  const shipped = fileURLToPath(new URL("../migrations/agent", import.meta.url));
  return existsSync(shipped)
    ? shipped
    : fileURLToPath(new URL("../../../packages/store/migrations/agent", import.meta.url));
}
