import type { Session } from "../session.ts";
import type { Look } from "./views.ts";

/** Prints data: as JSON, what HTTP calls `data` and nothing else; else as `render` shows it. */
export function print<T>(session: Session, data: T, render: (data: T, look: Look) => string): void {
  const { terminal, format } = session;
  terminal.out.write(format === "json" ? `${JSON.stringify(data, null, 2)}\n` : render(data, lookOf(session)));
}

/** One JSON object a line, for what follows; or what `render` makes of it. */
export function printLine<T>(session: Session, data: T, render: (data: T) => string): void {
  session.terminal.out.write(session.format === "json" ? `${JSON.stringify(data)}\n` : `${render(data)}\n`);
}

export function lookOf({ terminal, format }: Session): Look {
  return {
    wide: format === "wide",
    now: terminal.now(),
    columns: terminal.isTerminal ? terminal.columns : undefined,
  };
}
