import { runCli } from "../../src/cli.ts";
import type { Terminal } from "../../src/terminal.ts";
import { TOKEN } from "./contract-server.ts";
import { NOW } from "./views.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A terminal in memory; `written` grows while a command runs. */
export function terminal(changes: Partial<Terminal> = {}) {
  const written = { out: "", err: "" };
  const made: Terminal = {
    out: { write: (text) => (written.out += text) },
    err: { write: (text) => (written.err += text) },
    isTerminal: false,
    columns: undefined,
    rows: undefined,
    env: {},
    readInput: () => Promise.resolve(undefined),
    isInputTerminal: false,
    lines: async function* none() {},
    interrupted: new AbortController().signal,
    now: () => NOW,
    ...changes,
  };
  return { terminal: made, written };
}

/** Runs a command line against a server with the right token. */
export async function halctl(url: string, args: readonly string[], changes: Partial<Terminal> = {}): Promise<Ran> {
  const { terminal: made, written } = terminal({
    env: { HALCTL_SUPERVISOR_URL: url, HALCTL_AUTH_TOKEN: TOKEN },
    ...changes,
  });
  const code = await runCli(args, made, "9.9.9");
  return { code, ...written };
}
