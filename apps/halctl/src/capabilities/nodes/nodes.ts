import type { Credential } from "@hal/protocol";
import { refusedText } from "@hal/words";
import { EXIT, exitCodeOf } from "../../exit-codes.ts";
import { showList } from "../../live/show-list.ts";
import { complain, note, print } from "../../output/print.ts";
import { said } from "../../output/said.ts";
import { refusedAgents } from "./refused-agents.ts";
import { card } from "../../output/table.ts";
import { nodeTable } from "./pages.ts";
import type { Run } from "../../grammar/run.ts";

export const listNodes: Run<{ readonly watch: boolean }> = async (session, { watch }) => {
  const code = await showList(session, watch, {
    asked: { operation: "nodes.list", input: {} },
    title: "nodes",
    read: async (options) => (await session.client.call("nodes.list", {}, options)).output,
    render: nodeTable,
    concerns: /^(node|opencode|projects)\./,
  });
  // beside the table: a program that reads it wants nodes alone
  if (session.format !== "json" && !watch)
    for (const refusal of (await refusedAgents(session.client)).slice(0, SHOWN_REFUSALS))
      note(session, said`halctl: ${refusedText(refusal, session.terminal.now())}`);
  return code;
};

/** All of them: `halctl doctor`. */
const SHOWN_REFUSALS = 5;

export function credentialsText(credentials: readonly Credential[] | undefined): string {
  if (credentials === undefined) return "not known; its agent is older";
  return credentials.map(({ provider, kind }) => `${provider} (${kind})`).join(", ") || "none";
}

export const checkNode: Run<{ readonly id: string }> = async (session, { id }) => {
  const { output } = await session.client.call("nodes.check", { id });
  const { command, status } = output;
  if (status !== null) {
    print(session, output, ({ status: shown }) => {
      if (shown === null) return "";
      const told = Object.entries(shown.told).map(([name, count]) => `${count} ${name}`);
      const working = Object.keys(shown.working);
      return card([
        ["opencode", [shown.opencode.state, shown.opencode.version].filter(Boolean).join(", ")],
        ["told", told.length === 0 ? "no sessions" : told.join(", ")],
        ["at work there", working.length === 0 ? "none" : working.join(", ")],
        ["logins", credentialsText(shown.credentials)],
      ]);
    });
    return EXIT.done;
  }
  complain(session.terminal, said`${command.state}: ${command.reason}`);
  if (command.error !== null) return exitCodeOf(command.error.code);
  return command.finished_at === null ? EXIT.timedOut : EXIT.failed;
};
