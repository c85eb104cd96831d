import type { Trust } from "@hal/daemon";
import { HalError, type OperatorClient } from "@hal/protocol";
import yargs, { type Argv } from "yargs";
import { GROUPS, VERBS } from "./command-table.ts";
import type { CommandSpec } from "./grammar/spec.ts";
import type { Arguments, Run } from "./grammar/run.ts";
import { checkUrl, connect } from "./connection/connect.ts";
import { EVERYWHERE } from "./grammar/everywhere.ts";
import { EXIT, exitCodeOf } from "./exit-codes.ts";
import type { Local, LocalRun } from "./local.ts";
import { complain, printStack } from "./output/print.ts";
import { said, saidBy } from "./output/said.ts";
import type { Format } from "./session.ts";
import { resolveSettings, type Settings } from "./settings/settings.ts";
import type { Terminal } from "./terminal.ts";
import { trustFor } from "./connection/trust.ts";
import { usageLine } from "./usage.ts";
import { withProgress } from "./connection/with-progress.ts";
import { withNotice } from "./connection/with-notice.ts";

/** Runs one command line and returns the exit code. Failures are one line on standard error. */
export async function runCli(args: readonly string[], terminal: Terminal, version: string): Promise<number> {
  if (asksForHelp(args)) {
    const { showHelpOf } = await import("./help/show-help.ts");
    showHelpOf(args, terminal);
    return EXIT.done;
  }
  try {
    const parsed = await parseCommand(args, version);
    if (parsed === undefined) return EXIT.done;
    if ("spec" in parsed) return await run(parsed, { terminal, version });
    complain(terminal, saidBy(usageLine(parsed.problem, args)));
    return EXIT.usage;
  } catch (error) {
    return report(error, terminal);
  }
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end === -1 ? args : args.slice(0, end)).some((arg) => arg === "--help" || arg === "-h");
}

/** A command and what was typed with it, or what is wrong with the line; undefined where the version was asked for. */
export async function parseCommand(
  args: readonly string[],
  version: string,
): Promise<Asked | { readonly problem: string } | undefined> {
  let asked: Asked | undefined;
  let problem: string | undefined;
  const note: Note = (spec, argv) => {
    asked = { spec, argv };
  };
  await build(args, version, note)
    .fail((message: string | null, error: Error | undefined) => {
      if (error instanceof HalError) throw error;
      problem ??= message ?? error?.message ?? "wrong usage";
    })
    .parseAsync();
  // yargs names a command even after it found its usage wrong
  return problem === undefined ? asked : { problem };
}

interface Asked {
  readonly spec: CommandSpec;
  readonly argv: Arguments;
}

type Note = (spec: CommandSpec, argv: Arguments) => void;

function build(args: readonly string[], version: string, note: Note): Argv {
  const parser = yargs([...args])
    .scriptName("halctl")
    .options(EVERYWHERE)
    .version(version)
    // help is our own
    .help(false)
    .parserConfiguration({ "populate--": true })
    .strict()
    .demandCommand(1, "missing command")
    .exitProcess(false);
  for (const spec of VERBS) add(parser, spec, note);
  for (const { noun, summary, verbs, standsAlone = false } of GROUPS) {
    const names = verbs.map(({ command }) => command.split(" ")[0]).join(", ");
    parser.command(noun, summary, (group) => {
      for (const [index, spec] of verbs.entries()) add(group, spec, note, standsAlone && index === 0);
      return standsAlone ? group : group.demandCommand(1, `missing command for ${noun}: ${names}`);
    });
  }
  writeNoHelpAhead(parser);
  return parser;
}

/** yargs writes the help of each command that it runs, in case of a later question: a third of what `nodes list` took. */
function writeNoHelpAhead(parser: Argv): void {
  const { getInternalMethods } = parser as unknown as {
    readonly getInternalMethods?: () => { getUsageInstance(): { cacheHelpMessage: () => void } };
  };
  const usage = getInternalMethods?.call(parser).getUsageInstance();
  if (usage !== undefined) usage.cacheHelpMessage = () => undefined;
}

/** `$0` is how yargs names the command that is meant where none is said. */
function add(parser: Argv, spec: CommandSpec, note: Note, isStandard = false): void {
  parser.command(
    isStandard ? [spec.command, "$0"] : spec.command,
    spec.summary,
    (command) => {
      for (const [name, options] of Object.entries(spec.positionals ?? {})) command.positional(name, options);
      return command.options({ ...spec.options });
    },
    (argv) => note(spec, withLiteralWords(spec, argv)),
  );
}

/** What stands behind `--` belongs to the text, whatever it looks like. */
function withLiteralWords({ positionals = {} }: CommandSpec, argv: Arguments): Arguments {
  const { "--": literal } = argv;
  const rest = Object.keys(positionals).find((name) => positionals[name]?.array === true);
  if (!Array.isArray(literal) || rest === undefined) return argv;
  return { ...argv, [rest]: [...((argv[rest] ?? []) as unknown[]), ...literal].map(String) };
}

async function run({ spec, argv }: Asked, { terminal, version }: Pick<Local, "terminal" | "version">): Promise<number> {
  const format = (text(argv["format"]) ?? "table") as Format;
  const open = ({ url, token }: Settings, known: Trust): OperatorClient =>
    withNotice(connect(url, token, known), terminal);
  const trust = (settings: Settings): Trust => {
    checkUrl(settings.url, settings.urlFrom);
    return trustFor(settings, argv, terminal);
  };
  const help = async (words: readonly string[]): Promise<number> =>
    (await import("./help/show-help.ts")).showHelp(words, terminal);
  try {
    if ("loadLocal" in spec) {
      const perform = (await spec.loadLocal()) as LocalRun<Arguments>;
      return await perform(
        { terminal, format, version, settings: () => settingsOf(argv, terminal), trust, open, help },
        argv,
      );
    }
    const settings = settingsOf(argv, terminal);
    for (const warning of settings.warnings) complain(terminal, said`warning: ${warning}`);
    const client = open(settings, trust(settings));
    try {
      const perform = (await spec.load()) as Run<Arguments>;
      return await perform({ client: withProgress(client, { terminal, format }), terminal, format }, argv);
    } finally {
      await client.close();
    }
  } catch (error) {
    return report(error, terminal);
  }
}

function settingsOf(argv: Arguments, { env }: Terminal): Settings {
  return resolveSettings(
    {
      supervisorUrl: text(argv["supervisorUrl"]),
      authToken: text(argv["authToken"]),
      tokenFile: text(argv["tokenFile"]),
      context: text(argv["context"]),
    },
    env,
  );
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function report(error: unknown, terminal: Terminal): number {
  if (terminal.env["HALCTL_DEBUG"] === "1" && error instanceof Error) printStack(terminal, error);
  complain(terminal, saidBy(error instanceof Error ? error.message : String(error)));
  return error instanceof HalError ? exitCodeOf(error.code) : EXIT.failed;
}
