import { type CommandArgs, HalError } from "@hal/protocol";
import { type ExecutionRow, keepMessageId } from "@hal/store/agent";
import type { Context } from "../../context.ts";
import { opencodeMessageId } from "../../domain/message-id.ts";
import { awaitTurn } from "../await-turn.ts";
import type { Handler } from "./index.ts";

let counter = 0;

export const promptSession: Handler<"session.prompt"> = async (context, args, commandId) => {
  const session = await context.opencode.api().session(args.sessionId);
  if (session === undefined) throw new HalError("not_found", `opencode has no session ${args.sessionId} any more`);
  refuseEnded(context, args.sessionId);
  const messageId = await post(context, commandId, {
    sessionId: args.sessionId,
    text: args.text,
    model: args.model,
    agent: args.agent,
  });
  return { sessionId: args.sessionId, messageId };
};

function refuseEnded(context: Context, sessionId: string): void {
  if (context.book.get(sessionId)?.status === "ended")
    throw new HalError("conflict", `session ${sessionId} has ended; start another one`);
}

/** Posts a prompt under an id that is kept first, and waits until opencode is at it (protocol §5.3). */
export async function post(
  context: Context,
  commandId: string,
  prompt: {
    readonly sessionId: string;
    readonly text: string;
    readonly model: string | undefined;
    readonly agent: string | undefined;
  },
): Promise<string> {
  counter += 1;
  const messageId = opencodeMessageId(context.clock.now(), counter, crypto.getRandomValues(new Uint8Array(14)));
  await keepMessageId(context.store, commandId, messageId);
  const turn = awaitTurn(context, prompt.sessionId, messageId);
  try {
    await context.opencode.api().prompt({ ...prompt, messageId });
    await turn.begun;
  } finally {
    turn.stop();
  }
  return messageId;
}

export async function recoverPrompt(context: Context, row: ExecutionRow): Promise<unknown> {
  const { sessionId } = row.args as CommandArgs<"session.prompt">;
  if (row.messageId !== null && (await context.opencode.api().hasMessage(sessionId, row.messageId)))
    return { sessionId, messageId: row.messageId };
  throw new HalError("interrupted", "the agent ended before the prompt reached opencode; send it again");
}
