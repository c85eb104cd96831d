import { HalError } from "@hal/protocol";
import { EXIT, exitCodeOf } from "../exit-codes.ts";
import { isConfirmed } from "../live/confirm.ts";
import { complain, printJson } from "../output/print.ts";
import { type Said, said } from "../output/said.ts";
import type { Session } from "../session.ts";
import type { Arguments, Run } from "./run.ts";
import { type CommandSpec, YES } from "./spec.ts";

type Remote = Extract<CommandSpec, { readonly load: unknown }>;

/**
 * A verb that asks at a terminal before it does what cannot be taken back. Where nobody sits there it does not ask: a script
 * that works goes on working, and has said what it means.
 */
export function asksFirst(spec: CommandSpec, question: (targets: readonly string[]) => Said): CommandSpec {
  const [word = ""] = Object.keys(spec.positionals ?? {});
  return {
    ...remote(spec),
    options: { ...spec.options, ...YES },
    load: async () => {
      const run = (await remote(spec).load()) as Run<Arguments>;
      const asking: Run<Arguments> = async (session, argv) => {
        const isMeant = argv["yes"] === true || argv["dryRun"] === true || !session.terminal.isInputTerminal;
        if (!isMeant && !(await isConfirmed(session.terminal, question(targetsOf(argv[word])))))
          throw new HalError("cancelled", "nothing was changed");
        return run(session, argv);
      };
      return asking;
    },
  };
}

/** A verb that is done for each of several, with a receipt for each; it ends as the first that failed. */
export function takesSeveral(spec: CommandSpec): CommandSpec {
  const [[word, field] = ["", {}]] = Object.entries(spec.positionals ?? {});
  return {
    ...remote(spec),
    command: spec.command.replace(`<${word}>`, `<${word}..>`),
    positionals: { ...spec.positionals, [word]: { ...field, array: true } },
    load: async () => {
      const run = (await remote(spec).load()) as Run<Arguments>;
      const several: Run<Arguments> = (session, argv) =>
        forEach(session, targetsOf(argv[word]), (one, target) => run(one, { ...argv, [word]: target }));
      return several;
    },
  };
}

/** Does it for one after the other; as JSON, the answers are one list. */
export async function forEach(
  session: Session,
  targets: readonly string[],
  perform: (session: Session, target: string) => Promise<number>,
): Promise<number> {
  const [only] = targets;
  if (only !== undefined && targets.length === 1) return perform(session, only);
  const { terminal, format } = session;
  const answers: unknown[] = [];
  let code: number = EXIT.done;
  for (const target of targets) {
    let written = "";
    const kept = { write: (text: string) => (written += text) };
    const own = format === "json" ? (Object.create(terminal, { out: { value: kept } }) as typeof terminal) : terminal;
    const ended = await performOne({ ...session, terminal: own }, target, perform);
    if (code === EXIT.done) code = ended;
    if (written !== "") answers.push(JSON.parse(written));
    if (terminal.interrupted.aborted) break;
  }
  if (format === "json") printJson(terminal, answers, 2);
  return code;
}

async function performOne(
  session: Session,
  target: string,
  perform: (session: Session, target: string) => Promise<number>,
): Promise<number> {
  try {
    return await perform(session, target);
  } catch (error) {
    if (!(error instanceof HalError)) throw error;
    complain(session.terminal, said`${target}: ${error.message}`);
    return exitCodeOf(error.code);
  }
}

function targetsOf(typed: unknown): readonly string[] {
  return [...new Set([typed ?? []].flat().map(String))];
}

function remote(spec: CommandSpec): Remote {
  if ("load" in spec) return spec;
  throw new Error(`${spec.command} asks no supervisor`);
}
