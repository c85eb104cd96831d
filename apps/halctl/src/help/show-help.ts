import { HalError } from "@hal/protocol";
import { EXIT } from "../exit-codes.ts";
import { printText } from "../output/print.ts";
import type { Terminal } from "../terminal.ts";
import { noCommand } from "../usage.ts";
import { findCommand } from "./find-command.ts";
import { globalOptionsPage, helpPage } from "./help-page.ts";

/** Lines are not longer where nobody says how wide the terminal is. */
const STANDARD_COLUMNS = 80;
const MOST_COLUMNS = 110;

/** Prints the help that was asked for by name. */
export function showHelp(words: readonly string[], terminal: Terminal): number {
  if (words[0] === "options") {
    printText(terminal, globalOptionsPage(columnsOf(terminal)));
    return EXIT.done;
  }
  const found = findCommand(words);
  if (words[0] !== undefined && found.path.length === 0) throw new HalError("bad_request", noCommand(words[0], found));
  printText(terminal, helpPage(found, columnsOf(terminal)));
  return EXIT.done;
}

/** Prints the help of the command that is being typed. */
export function showHelpOf(args: readonly string[], terminal: Terminal): void {
  printText(terminal, helpPage(findCommand(args), columnsOf(terminal)));
}

function columnsOf({ isTerminal, columns }: Terminal): number {
  return isTerminal ? Math.min(MOST_COLUMNS, columns ?? STANDARD_COLUMNS) : STANDARD_COLUMNS;
}
