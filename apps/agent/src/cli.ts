import { accessSync, constants, mkdirSync, readFileSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import {
  type DaemonProgram,
  type Environment,
  fingerprint,
  pathBeside,
  loadConfig,
  openTracing,
  runDaemonCli,
  StartupError,
  tracingSettings,
} from "@hal/daemon";
import manifest from "../package.json" with { type: "json" };
import { createAgent } from "./agent.ts";
import { adviceOn, AgentConfig, trustIn, wrongFile } from "./config.ts";
import { checkProjects } from "./flows/check-projects.ts";
import { refuseSameDirectory } from "./flows/places.ts";

const SYSTEM_DATA_DIR = "/var/lib/hal-o-swarm/agent";

/** hal-agent: reads flags and configuration, then runs until it is told to stop. */
export function runAgent(process: NodeJS.Process): Promise<void> {
  /** what traces call this program */
  const tracedAs = { name: "hal-agent", version: manifest.version };
  const program: DaemonProgram<AgentConfig> = {
    name: "hal-agent",
    summary: "Runs opencode on this machine for a HAL supervisor.",
    version: manifest.version,
    configPath: "/etc/hal-o-swarm/agent.config.json",
    schema: AgentConfig,
    options: {
      supervisor: { type: "string", describe: "address of the supervisor (supervisor_url)" },
      token: { type: "string", describe: "token for the supervisor (auth_token)" },
      "data-dir": { type: "string", describe: "identity, outbox, opencode's data ($HAL_DATA_DIR, data_dir)" },
    },
    load(path, flags, env) {
      refuseWrongFile(path);
      const { config, warnings } = loadConfig(AgentConfig, {
        path,
        env,
        overrides: {
          supervisor_url: flags["supervisor"],
          auth_token: flags["token"],
          data_dir: flags["dataDir"] ?? env["HAL_DATA_DIR"],
        },
      });
      refuseSameDirectory(config.projects);
      trustIn(config, env);
      tracingSettings(config.telemetry, env, tracedAs);
      const seen = flags["validate"] === true ? adviceOnUser(path, config) : [];
      return { config, warnings: [...warnings, ...adviceOn(config), ...projectWarnings(config), ...seen] };
    },
    async start(config, log, { env, reread }) {
      log.info({ token: fingerprint(config.auth_token), supervisor: config.supervisor_url }, "starting");
      return createAgent(config, {
        version: manifest.version,
        log,
        migrations: pathBeside(import.meta.url, ["../migrations/agent", "../../../packages/store/migrations/agent"]),
        dataDir: config.data_dir ?? defaultDataDir(env),
        pid: process.pid,
        env,
        reread,
        tracing: await openTracing(tracingSettings(config.telemetry, env, tracedAs), log),
      });
    },
  };
  return runDaemonCli(program, process);
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

function projectWarnings({ projects }: AgentConfig): string[] {
  return checkProjects(projects).flatMap(({ name, state, reason }) =>
    state === "ready" ? [] : `project ${name} is ${state}: ${reason ?? ""}`,
  );
}

/** Root may do everything; what the service may do, its user has to look. */
function adviceOnUser(path: string, { projects }: AgentConfig): string[] {
  if (userInfo().uid !== 0 || projects.length === 0 || !hasServiceUser()) return [];
  return [
    `directories were looked at as root; as the service: sudo -u hal-agent hal-agent --config ${path} --validate`,
  ];
}

function hasServiceUser(): boolean {
  try {
    return /^hal-agent:/m.test(readFileSync("/etc/passwd", "utf8"));
  } catch {
    return false;
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
