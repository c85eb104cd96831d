import { GROUPS, VERBS } from "../command-table.ts";
import type { CommandGroup, CommandSpec } from "../grammar/spec.ts";

/** A command as far as its words are known. */
export interface FoundCommand {
  readonly path: readonly string[];
  readonly group?: CommandGroup | undefined;
  readonly spec?: CommandSpec | undefined;
}

/** The command that is being typed. */
export function findCommand(args: readonly string[]): FoundCommand {
  for (const [index, arg] of args.entries()) {
    const verb = VERBS.find((spec) => verbOf(spec) === arg);
    if (verb !== undefined) return { path: [arg], spec: verb };
    const group = GROUPS.find(({ noun }) => noun === arg);
    if (group === undefined) continue;
    const spec = group.verbs.find((one) => args.slice(index + 1).includes(verbOf(one)));
    return { path: spec === undefined ? [arg] : [arg, verbOf(spec)], group, spec };
  }
  return { path: [] };
}

/** What is typed for it. */
export function verbOf({ command }: CommandSpec): string {
  return command.split(" ")[0] as string;
}
