import { GROUPS, VERBS } from "../command-table.ts";
import { EXIT_MEANINGS } from "../exit-code-meanings.ts";
import { EXIT } from "../exit-codes.ts";
import { EVERYWHERE } from "../grammar/everywhere.ts";
import type { CommandSpec } from "../grammar/spec.ts";
import { examplesOf } from "./examples.ts";
import { verbOf } from "./find-command.ts";
import { fieldText, optionRows } from "./help-page.ts";

/** The manual of halctl for `man`, made of what its help is made of. */
export function manPage(version: string): string {
  const commands = [
    ...VERBS.filter(({ isHidden }) => isHidden !== true).map((spec) => command("", spec)),
    ...GROUPS.flatMap(({ noun, verbs }) => verbs.map((spec) => command(noun, spec))),
  ];
  return `${[
    `.TH HALCTL 1 "" "halctl ${text(version)}" "HAL-O-SWARM"`,
    ".SH NAME",
    "halctl \\- see and steer the coding agents of a HAL supervisor",
    ".SH SYNOPSIS",
    ".B halctl",
    ".I command",
    "[options]",
    ".SH COMMANDS",
    ...commands,
    ".SH GLOBAL OPTIONS",
    ...optionRows(EVERYWHERE).map(item),
    ".SH EXIT STATUS",
    ...Object.entries(EXIT_MEANINGS).map(([name, meaning]) => item([String(EXIT[name as keyof typeof EXIT]), meaning])),
    ".SH SEE ALSO",
    line("halctl help, halctl help <command> and halctl explain <word> say the same, a piece at a time."),
  ].join("\n")}\n`;
}

function command(noun: string, spec: CommandSpec): string {
  const { positionals = {}, options = {}, shortFor } = spec;
  const examples = examplesOf(`${noun} ${verbOf(spec)}`.trim());
  return [
    `.SS "halctl ${text(`${noun} ${spec.command}`.trim()).replaceAll('"', '""')}"`,
    line(`${spec.summary.charAt(0).toUpperCase()}${spec.summary.slice(1)}.`),
    ...(shortFor === undefined ? [] : [".br", line(`Short for: halctl ${shortFor}`)]),
    ...Object.entries(positionals).map(([name, field]) => item([name, fieldText(field)])),
    ...optionRows(options).map(item),
    ...(examples.length === 0 ? [] : [".PP", ".nf"]),
    ...examples.map(([typed, purpose]) => `${line(`# ${purpose}`)}\n${line(`halctl ${typed}`)}`),
    ...(examples.length === 0 ? [] : [".fi"]),
  ].join("\n");
}

function item([term, said]: readonly [term: string, said: string]): string {
  return `.TP\n${line(term.trim())}\n${line(said)}`;
}

/** A line that is no request to troff, whatever it begins with. */
function line(words: string): string {
  return text(words).replace(/^(?=[.'])/, "\\&");
}

/** What troff prints as it stands. */
function text(words: string): string {
  return words.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("…", "...").replaceAll("–", "\\(en");
}
