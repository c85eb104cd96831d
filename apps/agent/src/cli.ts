import { accessSync, constants, mkdirSync, readFileSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import {
  type DaemonProgram,
  type Environment,
  fingerprint,
  type Flags,
  isMissing,
  loadConfig,
  type LoadedConfig,
  parseConfig,
  pathBeside,
  openTracing,
  printText,
  runDaemonCli,
  StartupError,
  systemClock,
  tracingSettings,
} from "@hal/daemon";
import { entryOf } from "@hal/protocol/text";
import manifest from "../package.json" with { type: "json" };
import { createAgent } from "./agent.ts";
import { adviceOn, AgentConfig, trustIn, wrongFile } from "./config.ts";
import { checkProjects } from "./capabilities/projects/check-projects.ts";
import { refuseSameDirectory } from "./capabilities/projects/places.ts";
import { nameProjects } from "./capabilities/projects/name-projects.ts";
import { attachHere } from "./opencode/process/attach.ts";
import { endHere } from "./opencode/process/end-here.ts";

const CONFIG_PATH = "/etc/hal-o-swarm/agent.config.json";
const SYSTEM_DATA_DIR = "/var/lib/hal-o-swarm/agent";

const WHERE = `The configuration is that of $CONFIG_PATH, else ${CONFIG_PATH}, and the data directory that of $HAL_DATA_DIR, where it says another one.`;

/** What a verb works on. */
interface Installed {
  readonly config: AgentConfig;
  readonly dataDir: string;
}

interface Verb {
  readonly help: string;
  /** does it, and returns the exit code */
  readonly run: (process: NodeJS.Process, words: readonly string[], installed: Installed) => Promise<number>;
}

/** What it does beside running: the verb is the first word. */
const VERBS: Readonly<Record<string, Verb>> = {
  attach: {
    help: `hal-agent attach [project] [options of opencode attach]

Puts this terminal at the opencode that the agent runs; such as: hal-agent attach my-app --continue
${WHERE}`,
    run: (process, words, { config, dataDir }) => {
      // Ctrl-C is for whom the person types to
      process.on("SIGINT", () => undefined);
      return attachHere({ config, dataDir, env: process.env, words });
    },
  },
  "end-opencode": {
    help: `hal-agent end-opencode

Ends the opencode that an agent left running which is not there any more, and everything that it started.
${WHERE}`,
    run: async (process, _, { dataDir }) => {
      printText(process.stdout, await endHere({ dataDir, pid: process.pid, clock: systemClock }));
      return 0;
    },
  },
};

/** hal-agent: reads flags and configuration, then runs until it is told to stop; or does what a verb says, and ends. */
export async function runAgent(process: NodeJS.Process): Promise<void> {
  const [word = "", ...words] = process.argv.slice(2);
  const verb = entryOf(VERBS, word);
  await (verb === undefined ? runDaemonCli(programOf(process), process) : runVerb(process, verb, words));
}

async function runVerb(process: NodeJS.Process, { help, run }: Verb, words: readonly string[]): Promise<void> {
  if (words[0] === "--help" || words[0] === "-h") return printText(process.stdout, help);
  const { env } = process;
  try {
    const { config } = programOf(process).load(env["CONFIG_PATH"] ?? CONFIG_PATH, {}, env);
    process.exitCode = await run(process, words, { config, dataDir: config.data_dir ?? defaultDataDir(env) });
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    printText(process.stderr, `hal-agent: ${error.message}`);
    process.exitCode = error.exitCode;
  }
}

function programOf(process: NodeJS.Process): DaemonProgram<AgentConfig> {
  /** what traces call this program */
  const tracedAs = { name: "hal-agent", version: manifest.version };
  return {
    name: "hal-agent",
    summary:
      "Runs opencode on this machine for a HAL supervisor. hal-agent attach [project] puts a terminal at it, hal-agent end-opencode ends one that was left behind.",
    version: manifest.version,
    configPath: CONFIG_PATH,
    canLeave: true,
    schema: AgentConfig,
    options: {
      supervisor: { type: "string", describe: "address of the supervisor (supervisor_url)" },
      token: { type: "string", describe: "token for the supervisor (auth_token)" },
      project: {
        type: "string",
        array: true,
        nargs: 1,
        describe:
          "a project's directory, as often as you like (projects); this one where nothing is said and there is no configuration",
      },
      "data-dir": { type: "string", describe: "identity, outbox, opencode's data ($HAL_DATA_DIR, data_dir)" },
    },
    load(path, flags, env) {
      const { config, warnings } = read(path, flags, process);
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
}

/** The configuration; where there is none and nobody named one, an address and a token on the command line are enough. */
function read(path: string, flags: Flags, process: NodeJS.Process): LoadedConfig<AgentConfig> {
  const { env } = process;
  const { supervisor, token, dataDir, project } = flags;
  const named = Array.isArray(project) ? project.map(String) : undefined;
  const overrides = {
    supervisor_url: supervisor,
    auth_token: token,
    data_dir: dataDir ?? env["HAL_DATA_DIR"],
    projects: named === undefined ? undefined : nameProjects(named, process.cwd()),
  };
  if (flags["config"] === undefined && isMissing(path)) {
    if (supervisor === undefined || token === undefined)
      throw new StartupError(
        `no configuration file at ${path}; name one with --config, or say --supervisor and --token`,
      );
    const value = { opencode_port: 0, projects: nameProjects(["."], process.cwd()) };
    return parseConfig(AgentConfig, value, { env, source: "command line", overrides });
  }
  refuseWrongFile(path);
  return loadConfig(AgentConfig, { path, env, overrides });
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
