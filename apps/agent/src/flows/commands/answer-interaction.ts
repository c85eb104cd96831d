import { HalError } from "@hal/protocol";
import type { Handler } from "./index.ts";

export const answerInteraction: Handler<"interaction.answer"> = async (context, args, commandId) => {
  const { interactionId, sessionId, kind, reply } = args;
  const api = context.opencode.api();
  const directory = context.book.get(sessionId)?.saved.directory;
  context.answering.set(interactionId, commandId);
  try {
    const taken =
      kind === "permission"
        ? await api.answerPermission({
            id: interactionId,
            directory,
            reply: reply === "answer" ? "once" : reply,
            message: args.message,
          })
        : await api.answerQuestion({
            id: interactionId,
            directory,
            answers: reply === "reject" ? undefined : (args.answers ?? []),
          });
    const now = context.clock.now();
    const teller = context.book.open(sessionId);
    if (taken) teller.answered({ interactionId, reply, answers: args.answers ?? [], commandId }, now);
    else teller.gone(interactionId, "it was answered elsewhere, or its asker is gone", now);
    await context.book.write();
    if (!taken)
      throw new HalError("not_found", `${interactionId} was answered already, or its asker is gone; nothing was done`);
    return { interactionId };
  } finally {
    context.answering.delete(interactionId);
  }
};
