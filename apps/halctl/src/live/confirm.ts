import { ask } from "../output/print.ts";
import type { Said } from "../output/said.ts";
import type { Terminal } from "../terminal.ts";

/** Asks the person at the terminal; anything but `yes` is no. */
export async function isConfirmed(terminal: Terminal, question: Said): Promise<boolean> {
  ask(terminal, question);
  for await (const line of terminal.lines(terminal.interrupted)) return line.trim().toLowerCase() === "yes";
  return false;
}
