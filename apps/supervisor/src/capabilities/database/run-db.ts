import { parseArgs } from "node:util";
import { printText, StartupError, type TextSink } from "@hal/daemon";
import { describeStorageProblem, StoreError } from "@hal/store/supervisor";
import type { DbArgs, DbCommand } from "./db-command.ts";
import { DB_COMMANDS } from "./db-table.ts";
import { formatTable } from "./format.ts";

/** What of the process the commands touch. */
export interface DbProcess {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  exitCode?: number | string | null | undefined;
}

export interface DbProgram {
  readonly name: string;
  readonly migrations: string;
  /** where the configuration is, unless `--config` or `CONFIG_PATH` says otherwise */
  readonly configPath: string;
  /** the database's file by the configuration */
  readonly databaseOf: (configPath: string) => string;
}

const COMMON = {
  config: { type: "string", describe: "configuration file, which says where the database is" },
  "db-path": { type: "string", describe: "the database itself ($DB_PATH)" },
  help: { type: "boolean", describe: "show this" },
} as const;

/** Runs `hal-supervisor db …`: 0 it is done, 1 it could not be or damage was found, 2 wrong usage. */
export async function runDb(program: DbProgram, process: DbProcess): Promise<void> {
  const { stdout, stderr } = process;
  const complain = (text: string): void => printText(stderr, `${program.name}: ${text}`);
  const [verb = "--help", ...rest] = process.argv.slice(3);
  const command = DB_COMMANDS.find((one) => one.verb === verb);
  try {
    if (command === undefined) {
      if (verb !== "--help") throw wrongUsage(`db ${verb} is no command`);
      printText(stdout, usage(program).trimEnd());
      return;
    }
    const args = parse(command, rest);
    if (args.options["help"] === true) {
      printText(stdout, usageOf(program, command).trimEnd());
      return;
    }
    process.exitCode = await command.run(
      {
        file: fileOf(program, process, args),
        migrations: program.migrations,
        now: Date.now(),
        print: (line) => printText(stdout, line),
        warn: (line) => complain(`warning: ${line}`),
      },
      args,
    );
  } catch (error) {
    complain(textOf(error));
    process.exitCode = error instanceof StartupError ? error.exitCode : 1;
  }
}

function parse(command: DbCommand, argv: readonly string[]): DbArgs {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { ...command.options, ...COMMON },
      allowPositionals: true,
    });
    const wanted = command.positional === undefined || values["help"] === true ? 0 : 1;
    if (positionals.length < wanted) throw new Error(`${command.positional} is missing`);
    if (positionals.length > wanted) throw new Error(`${positionals[wanted]} is too much`);
    return { positional: positionals[0], options: values };
  } catch (error) {
    throw wrongUsage(`db ${command.verb}: ${(error as Error).message}`);
  }
}

function fileOf({ databaseOf, configPath }: DbProgram, { env }: DbProcess, { options }: DbArgs): string {
  const { config, "db-path": given } = options;
  if (typeof given === "string") return given;
  if (env["DB_PATH"] !== undefined && env["DB_PATH"] !== "") return env["DB_PATH"];
  return databaseOf(typeof config === "string" ? config : (env["CONFIG_PATH"] ?? configPath));
}

/** One line where a person can act on it; a bug keeps its stack. */
function textOf(error: unknown): string {
  if (error instanceof StartupError || error instanceof StoreError) return error.message;
  const { code, message, stack, path } = error as NodeJS.ErrnoException;
  if (typeof code !== "string") return stack ?? message;
  if (code.startsWith("SQLITE_")) return `${describeStorageProblem(code)} (${message})`;
  return code === "EACCES" ? `no permission for ${path ?? message}; use sudo` : message;
}

function wrongUsage(problem: string): StartupError {
  return new StartupError(`${problem}; see db --help`, { exitCode: 2 });
}

function usage({ name }: DbProgram): string {
  const verbs = DB_COMMANDS.map(({ verb, positional, summary }): [string, string] => [
    `${name} db ${verb}${positional === undefined ? "" : ` ${positional}`}`,
    summary,
  ]);
  return `Looks after the supervisor's database.\n\n${formatTable(verbs).join("\n")}\n\n${describe(COMMON)}`;
}

function usageOf({ name }: DbProgram, { verb, positional = "", summary, options }: DbCommand): string {
  return `${`${name} db ${verb} ${positional}`.trimEnd()}: ${summary}\n\n${describe({ ...options, ...COMMON })}`;
}

function describe(options: Readonly<Record<string, { readonly describe: string }>>): string {
  const rows = Object.entries(options).map(([name, option]): [string, string] => [`  --${name}`, option.describe]);
  return `${formatTable(rows).join("\n")}\n`;
}
