/** So much of what it wrote last is told. */
const SHOWN = 300;

interface Ended {
  readonly kind: "exited" | "killed" | "timed_out" | "stopped" | "not_run";
  readonly output: string;
  readonly code?: number;
  readonly signal?: string;
  readonly reason?: string;
}

/** Why what depends on a command line does not begin; undefined where it may. Pure. */
export function preconditionReason(end: Ended, timeoutMs: number): string | undefined {
  const { kind, code, signal, reason } = end;
  switch (kind) {
    case "exited":
      return code === 0 ? undefined : `its precondition ended with exit code ${code ?? "unknown"}${said(end)}`;
    case "killed":
      return `its precondition was ended by ${signal ?? "a signal"}${said(end)}`;
    case "timed_out":
      return `its precondition took longer than ${timeoutMs / 1_000} s and was ended${said(end)}`;
    case "stopped":
      return "its agent was stopped while the precondition ran";
    case "not_run":
      return `its precondition could not be run: ${reason ?? "unknown"}`;
    default:
      return kind satisfies never;
  }
}

/** The last lines of what it wrote, in one. */
function said({ output }: Ended): string {
  const line = output.replaceAll(/\s+/g, " ").trim();
  if (line === "") return ", and wrote nothing";
  return `: ${line.length <= SHOWN ? line : `…${line.slice(line.length - SHOWN + 1)}`}`;
}
