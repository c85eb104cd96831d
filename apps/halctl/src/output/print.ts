import type { Session } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import { inColour, withoutPaint } from "./paint.ts";
import { plain } from "./plain.ts";
import type { Look } from "./views.ts";

/** Prints data: as JSON, what HTTP calls `data` and nothing else; else as `render` shows it. */
export function print<T>(session: Session, data: T, render: (data: T, look: Look) => string): void {
  const { terminal, format } = session;
  terminal.out.write(
    format === "json" ? `${JSON.stringify(data, null, 2)}\n` : shown(terminal, render(data, lookOf(session))),
  );
}

/** One JSON object a line, for what follows; or what `render` makes of it. */
export function printLine<T>(session: Session, data: T, render: (data: T, look: Look) => string): void {
  const { terminal, format } = session;
  terminal.out.write(
    format === "json" ? `${JSON.stringify(data)}\n` : `${shown(terminal, render(data, lookOf(session)))}\n`,
  );
}

/** Tells a person at a terminal what happens meanwhile; nothing where a program reads. */
export function note({ terminal, format }: Session, text: string): void {
  if (format !== "json") terminal.err.write(`${plain(text)}\n`);
}

/** Text as this terminal takes it: without control characters of anybody else, and in colour where that is wanted. */
export function shown({ isTerminal, env }: Terminal, text: string): string {
  const wantsColour = isTerminal && !env["NO_COLOR"] && env["TERM"] !== "dumb";
  return wantsColour ? inColour(plain(text)) : withoutPaint(plain(text));
}

export function lookOf({ terminal, format }: Session): Look {
  return {
    wide: format === "wide",
    now: terminal.now(),
    columns: terminal.isTerminal ? terminal.columns : undefined,
  };
}
