import { commandsByPrefix, nodeById, occasionOfCommand, sessionById } from "@hal/store/supervisor";
import { meantBy } from "../../operations/by-prefix.ts";
import { commandReply } from "../sessions/session-commands.ts";
import { describeSessions } from "../sessions/describe-session.ts";
import { statusOf } from "../nodes/node-statuses.ts";
import type { Context } from "./context.ts";
import type { CommandFacts } from "./domain/command-answer.ts";

/** How the id of a command begins. */
const COMMAND = /^cmd_/;

/** What is known of the command that is meant by its id, or a unique prefix of it; undefined where that can be none. */
export async function commandFacts(context: Context, ref: string): Promise<CommandFacts | undefined> {
  if (!COMMAND.test(ref)) return undefined;
  const what = { noun: "command", list: "halctl commands list" };
  const row = meantBy(ref, await commandsByPrefix(context.store, ref), what);
  const node = await nodeById(context.store, row.nodeId);
  const { command, session_id: sessionId } = await commandReply(context, row);
  const session = sessionId === null ? undefined : await sessionById(context.store, row.nodeId, sessionId);
  const occasion = await occasionOfCommand(context.store, row.id);
  return {
    now: context.clock.now(),
    command,
    node: node === undefined ? undefined : { name: node.name, ...statusOf(context, node) },
    sessionId,
    session: session === undefined ? undefined : (await describeSessions(context, [session]))[0],
    schedule: occasion?.schedule,
  };
}
