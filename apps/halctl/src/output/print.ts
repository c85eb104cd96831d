import { inLines, inOneLine, jsonText, withTexts } from "@hal/protocol/text";
import type { Session } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import { inColour, withoutPaint } from "./paint.ts";
import type { Said } from "./said.ts";
import type { Look } from "./look.ts";

// All that halctl writes goes through this file, and a screen through `Screen`: nobody else writes to a terminal.

type Out = Pick<Terminal, "out">;
type Err = Pick<Terminal, "err">;
type Shower = Pick<Session, "terminal" | "format">;

/** What is read in as many lines as it has, by the names of its fields; everything else is one line. */
export type Prose = readonly string[];

/** Prints data: as JSON, what HTTP calls `data` and nothing else; else as `render` shows it. */
export function print<T>(session: Shower, data: T, render: (data: T, look: Look) => string, prose?: Prose): void {
  if (session.format === "json") printJson(session.terminal, data, 2);
  else void session.terminal.out.write(pageOf(session, data, render, prose));
}

/** One JSON object a line, for what follows; or what `render` makes of it. */
export function printLine<T>(session: Shower, data: T, render: (data: T, look: Look) => string, prose?: Prose): void {
  if (session.format === "json") printJson(session.terminal, data);
  else void session.terminal.out.write(`${pageOf(session, data, render, prose)}\n`);
}

/** Prints a value as JSON that says the same after parsing and steers no terminal. */
export function printJson({ out }: Out, value: unknown, indent?: number): void {
  void out.write(`${jsonText(value, indent)}\n`);
}

/**
 * What `render` makes of data, as this terminal takes it. It is made of data from which everything is gone that could
 * pass for a mark of paint; the marks that are in it then are our own.
 */
export function pageOf<T>(
  { terminal, format }: Shower,
  data: T,
  render: (data: T, look: Look) => string,
  prose: Prose = [],
): string {
  const shown = withTexts(data, (text, key) => (prose.includes(key) ? inLines(text) : inOneLine(text)));
  const page = render(shown, lookOf({ terminal, format }));
  const { isTerminal, env } = terminal;
  const wantsColour = isTerminal && !env["NO_COLOR"] && env["TERM"] !== "dumb";
  return wantsColour ? inColour(page) : withoutPaint(page);
}

/** Prints what is text already, such as a script for a shell, or prose as it comes. */
export function printText({ out }: Out, text: string): void {
  void out.write(inLines(text));
}

/** Says what was done. */
export function tell({ out }: Out, text: Said): void {
  void out.write(`${text}\n`);
}

/** Tells a person at a terminal what happens meanwhile; nothing where a program reads. */
export function note({ terminal, format }: Shower, text: Said): void {
  if (format !== "json") void terminal.err.write(`${text}\n`);
}

/** Says on standard error what is wrong, or to be known. */
export function complain({ err }: Err, text: Said): void {
  void err.write(`halctl: ${text}\n`);
}

/** Asks; the answer is typed behind it. */
export function ask({ err }: Err, text: Said): void {
  void err.write(text);
}

/** Where an error came from, for whoever wants to know. */
export function printStack({ err }: Err, error: Error): void {
  void err.write(`${inLines(error.stack ?? "")}\n`);
}

function lookOf({ terminal, format }: Shower): Look {
  return {
    wide: format === "wide",
    now: terminal.now(),
    columns: terminal.isTerminal ? terminal.columns : undefined,
  };
}
