import { type CommandArgs, HalError } from "@hal/protocol";
import type { OpencodeApi } from "../../context.ts";
import type { Handler } from "./index.ts";

export const answerInteraction: Handler<"interaction.answer"> = async (context, args, commandId) => {
  const { interactionId, sessionId, reply } = args;
  const directory = context.book.get(sessionId)?.saved.directory;
  context.answering.set(interactionId, commandId);
  try {
    const taken = await give(context.opencode.api(), args, directory);
    const now = context.clock.now();
    const teller = context.book.open(sessionId);
    const answers = reply === "answer" ? args.answers : [];
    if (taken) teller.answered({ interactionId, reply, answers, commandId }, now);
    else teller.gone(interactionId, "it was answered elsewhere, or its asker is gone", now);
    await context.book.write();
    if (!taken)
      throw new HalError("not_found", `${interactionId} was answered already, or its asker is gone; nothing was done`);
    return { interactionId };
  } finally {
    context.answering.delete(interactionId);
  }
};

/** Gives the answer to opencode; false where nobody waits for it any more. */
function give(
  api: OpencodeApi,
  args: CommandArgs<"interaction.answer">,
  directory: string | undefined,
): Promise<boolean> {
  const about = { id: args.interactionId, directory };
  if (args.kind === "permission") return api.answerPermission({ ...about, reply: args.reply, message: args.message });
  return api.answerQuestion({ ...about, answers: args.reply === "reject" ? undefined : args.answers });
}
