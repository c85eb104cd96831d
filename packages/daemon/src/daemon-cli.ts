import { inOneLine, jsonText } from "@hal/protocol/text";
import yargs, { type Options } from "yargs";
import type { GenericSchema } from "valibot";
import type { Environment, LoadedConfig } from "./config.ts";
import { describeConfig } from "./describe-config.ts";
import { endOnCrash } from "./end-on-crash.ts";
import { createLogger, logFormatOf, type Logger, logLevelOf } from "./logger.ts";
import { printText } from "./print-text.ts";
import { runDaemon, type Running } from "./run-daemon.ts";
import { serviceManager } from "./service-manager.ts";
import { StartupError } from "./startup-error.ts";

/** Flags by their names in camel case. */
export type Flags = Readonly<Record<string, unknown>>;

/** What a daemon is started with beside its configuration. */
export interface StartContext<C> {
  readonly env: Environment;
  readonly reread: () => LoadedConfig<C>;
}

/** What a daemon is, as its command line sees it. */
export interface DaemonProgram<C> {
  readonly name: string;
  readonly summary: string;
  readonly version: string;
  /** where the configuration is, unless `--config` or `CONFIG_PATH` says otherwise */
  readonly configPath: string;
  /** of the configuration file */
  readonly schema: GenericSchema;
  /** flags beside `--config --validate --print-schema --version --help` */
  readonly options: Readonly<Record<string, Options>>;
  /** says where the configuration is when nobody named one, and makes what is missing there, unless that is only judged; without it `configPath` */
  locate?(flags: Flags): Promise<string>;
  /** whether SIGUSR2 has it leave what it started to the next one */
  readonly canLeave?: boolean;
  /** reads and judges the configuration; touches nothing else */
  load(path: string, flags: Flags, env: Environment): LoadedConfig<C>;
  /** brings the daemon up; `reread` loads the configuration anew, by the same flags */
  start(config: C, log: Logger, { env, reread }: StartContext<C>): Promise<Running>;
}

/** Runs a daemon's command line: validates and ends, or starts and runs until it is told to stop. */
export async function runDaemonCli<C>(program: DaemonProgram<C>, process: NodeJS.Process): Promise<void> {
  const { env } = process;
  const flags = parseFlags(program, process);
  if (flags === undefined) return;
  if (flags["printSchema"] === true) {
    await printSchema(program, process);
    return;
  }
  const loader = async (): Promise<() => LoadedConfig<C>> => {
    const isNamed = flags["config"] !== undefined;
    const path = isNamed ? String(flags["config"]) : await (program.locate?.(flags) ?? program.configPath);
    return () => program.load(path, flags, env);
  };
  if (flags["validate"] === true) {
    await validate(loader, process);
    return;
  }
  const { level, warning } = logLevelOf(env["LOG_LEVEL"]);
  const log = createLogger({ name: program.name, level, format: logFormatOf(env, process.stdout.isTTY) });
  endOnCrash(process, log);
  if (warning !== undefined) log.warn(warning);
  await runDaemon({
    name: program.name,
    process,
    log,
    canLeave: program.canLeave ?? false,
    manager: serviceManager({ env, pid: process.pid, log }),
    start: async () => {
      const load = await loader();
      const { config, warnings } = load();
      for (const advice of warnings) log.warn(advice);
      return program.start(config, log, { env, reread: load });
    },
  });
}

/** Undefined where there is nothing left to do: help, the version, or wrong usage. */
function parseFlags<C>(program: DaemonProgram<C>, process: NodeJS.Process): Flags | undefined {
  const { argv, env } = process;
  const args = argv.slice(2);
  let problem: string | undefined;
  const parsed = yargs(args)
    .scriptName(program.name)
    .usage(`$0 [--config FILE]\n\n${program.summary}`)
    .option("config", {
      type: "string",
      // undefined where nobody named one
      default: env["CONFIG_PATH"],
      defaultDescription: `$CONFIG_PATH or ${program.configPath}`,
      describe: "configuration file",
    })
    .option("validate", {
      type: "boolean",
      default: false,
      describe: "judge the configuration and exit; touches nothing",
    })
    .option("print-schema", {
      type: "boolean",
      default: false,
      describe: "print the JSON Schema of the configuration, for editors, and exit",
    })
    .options({ ...program.options })
    .version(program.version)
    .strict()
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      problem = message ?? error?.message ?? "wrong usage";
    })
    .parseSync();
  if (problem !== undefined) {
    printText(process.stderr, `${program.name}: ${problem}; see ${program.name} --help`);
    process.exitCode = 2;
    return undefined;
  }
  return args.includes("--help") || args.includes("--version") ? undefined : parsed;
}

async function printSchema({ name, version, schema }: DaemonProgram<unknown>, process: NodeJS.Process): Promise<void> {
  const document = await describeConfig(schema, {
    id: `urn:hal-o-swarm:${name}-config:${version}`,
    title: `Configuration of ${name}`,
    fillsIn: true,
  });
  printText(process.stdout, jsonText(document, 2));
}

async function validate(loader: () => Promise<() => LoadedConfig<unknown>>, process: NodeJS.Process): Promise<void> {
  try {
    const load = await loader();
    for (const warning of load().warnings) printText(process.stdout, `warning: ${inOneLine(warning)}`);
    printText(process.stdout, "configuration valid");
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    printText(process.stderr, error.message);
    process.exitCode = error.exitCode;
  }
}
