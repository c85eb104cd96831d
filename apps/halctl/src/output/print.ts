import type { Session } from "../session.ts";
import { plain } from "./plain.ts";
import type { Look } from "./views.ts";

/** Prints data: as JSON, what HTTP calls `data` and nothing else; else as `render` shows it. */
export function print<T>(session: Session, data: T, render: (data: T, look: Look) => string): void {
  const { terminal, format } = session;
  terminal.out.write(format === "json" ? `${JSON.stringify(data, null, 2)}\n` : plain(render(data, lookOf(session))));
}

/** One JSON object a line, for what follows; or what `render` makes of it. */
export function printLine<T>(session: Session, data: T, render: (data: T, look: Look) => string): void {
  const { terminal, format } = session;
  terminal.out.write(format === "json" ? `${JSON.stringify(data)}\n` : `${plain(render(data, lookOf(session)))}\n`);
}

/** Tells a person at a terminal what happens meanwhile; nothing where a program reads. */
export function note({ terminal, format }: Session, text: string): void {
  if (format !== "json") terminal.err.write(`${plain(text)}\n`);
}

function lookOf({ terminal, format }: Session): Look {
  return {
    wide: format === "wide",
    now: terminal.now(),
    columns: terminal.isTerminal ? terminal.columns : undefined,
  };
}
