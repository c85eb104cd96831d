import { COMMANDS } from "@hal/protocol";
import { type CommandRow, listCommands, type SessionRow } from "@hal/store/supervisor";
import * as v from "valibot";
import type { Context } from "./context.ts";
import type { KnownRestart, SessionSubject } from "./domain/facts.ts";

/** So many of a session's newest commands are looked through for the one that restarted it. */
const LOOK_BACK = 100;

/** What a session goes on from, and what goes on from it, with the restarts that made it so. */
export async function restartFacts(
  context: Context,
  { nodeId, id, continues, continuedBy }: SessionRow,
): Promise<Pick<SessionSubject, "continues" | "continuedBy">> {
  const restart = async (old: string, other: string): Promise<KnownRestart> => {
    const commands = await listCommands(context.store, { session: { nodeId, id: old }, limit: LOOK_BACK });
    const found = commands.find(({ type, state }) => type === "session.restart" && state !== "cancelled");
    return { sessionId: other, ...(found === undefined ? {} : { command: known(found) }) };
  };
  return {
    continues: continues === null ? undefined : await restart(continues, continues),
    continuedBy: continuedBy === null ? undefined : await restart(id, continuedBy),
  };
}

function known({ id, actor, createdAt, output }: CommandRow): NonNullable<KnownRestart["command"]> {
  const said = v.safeParse(COMMANDS["session.restart"].output, output);
  return { id, actor, at: createdAt, handover: said.success ? said.output.handover.reason : undefined };
}
