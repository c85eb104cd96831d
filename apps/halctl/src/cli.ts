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
import { withNotice } from "./connection/with-notice.ts";

/** Runs one command line and returns the exit code. Failures are one line on standard error. */
export async function runCli(args: readonly string[], terminal: Terminal, version: string): Promise<number> {
  let asked: Asked | undefined;
  let usage: string | undefined;
  const note: Note = (spec, argv) => {
    asked = { spec, argv };
  };
  try {
    await build(args, terminal, version, note)
      .fail((message: string | null, error: Error | undefined) => {
        if (error instanceof HalError) throw error;
        usage ??= message ?? error?.message ?? "wrong usage";
      })
      .parseAsync();
  } catch (error) {
    return report(error, terminal);
  }
  // yargs names a command even after it found its usage wrong
  if (usage === undefined) return asked === undefined ? EXIT.done : run(asked, { terminal, version });
  complain(terminal, saidBy(usageLine(usage, args)));
  return EXIT.usage;
}

interface Asked {
  readonly spec: CommandSpec;
  readonly argv: Arguments;
}

type Note = (spec: CommandSpec, argv: Arguments) => void;

function build(args: readonly string[], terminal: Terminal, version: string, note: Note): Argv {
  const parser = yargs([...args])
    .scriptName("halctl")
    .usage("$0 <command>\n\nSee and steer the coding agents of a HAL supervisor.")
    .options(EVERYWHERE)
    .group([...Object.keys(EVERYWHERE), "help", "version"], "Everywhere:")
    .version(version)
    .alias("h", "help")
    .updateStrings({ "Positionals:": "Words:", "Show help": "show this", "Show version number": "show the version" })
    .parserConfiguration({ "populate--": true })
    .strict()
    .recommendCommands()
    .demandCommand(1, "say what to do")
    .exitProcess(false)
    .wrap(terminal.isTerminal ? Math.min(110, terminal.columns ?? 80) : 100)
    .epilogue("Exit codes: 0 done, 1 failed, 2 usage, 3 not reachable, 4 not authorised, 5 not found, 6 timed out.");
  for (const spec of VERBS) add(parser, spec, note);
  for (const { noun, summary, verbs, standsAlone = false } of GROUPS) {
    const names = verbs.map(({ command }) => command.split(" ")[0]).join(", ");
    parser.command(noun, summary, (group) => {
      for (const [index, spec] of verbs.entries()) add(group, spec, note, standsAlone && index === 0);
      return standsAlone ? group : group.demandCommand(1, `say what to do with ${noun}: ${names}`);
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
      // what is the command's own comes before what is everywhere
      return command.options({ ...spec.options }).group(Object.keys(spec.options ?? {}), "Options:");
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
  try {
    if ("loadLocal" in spec) {
      const perform = (await spec.loadLocal()) as LocalRun<Arguments>;
      return await perform(
        { terminal, format, version, settings: () => settingsOf(argv, terminal), trust, open },
        argv,
      );
    }
    const settings = settingsOf(argv, terminal);
    for (const warning of settings.warnings) complain(terminal, said`warning: ${warning}`);
    const client = open(settings, trust(settings));
    try {
      const perform = (await spec.load()) as Run<Arguments>;
      return await perform({ client, terminal, format }, argv);
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
