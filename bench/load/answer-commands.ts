import path from "node:path";
import type { CommandFrame } from "@hal/protocol";
import { beginExecution, finishExecution, openAgentStore } from "@hal/store/agent";
import { ROOT } from "../../e2e/harness/program.ts";
import type { FleetLink } from "./fleet-link.ts";

/**
 * Lets agents carry out commands as a real one does: a commit before, the handler (nothing), a commit with the
 * outcome. They share one database, which makes no difference while one command runs at a time.
 */
export function answerCommands(links: readonly FleetLink[], folder: string): void {
  const migrations = path.join(ROOT, "packages", "store", "migrations", "agent");
  const store = openAgentStore({ file: path.join(folder, "agent.db"), migrations });
  const tell = (link: FleetLink, type: string, commandId: string, data: object): void => {
    link.lastSeq += 1;
    const at = Date.now();
    link.sendEvents([
      { seq: link.lastSeq, at, type, sourceKey: `command/${commandId}/${type}`, data: { commandId, ...data } },
    ]);
  };
  const carryOut = async (link: FleetLink, { id, command, args }: CommandFrame): Promise<void> => {
    await beginExecution(store, { commandId: id, type: command, args }, Date.now());
    tell(link, "command.running", id, {});
    const output = { opencode: { state: "up", since: 1 }, told: {}, working: {} };
    await finishExecution(store, id, { state: "succeeded", output }, Date.now());
    tell(link, "command.succeeded", id, { output });
  };
  for (const link of links) link.onCommand = (command) => void carryOut(link, command);
}
