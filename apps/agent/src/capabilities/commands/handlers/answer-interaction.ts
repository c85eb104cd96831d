import { type CommandArgs, HalError } from "@hal/protocol";
import type { BackEnd } from "../../../back-end.ts";
import type { Context } from "../../../context.ts";
import { saidOf } from "../../../domain/unclear-error.ts";
import type { Handler, Recovery } from "./index.ts";

export const answerInteraction: Handler<"interaction.answer"> = async (context, args, commandId) => {
  const { interactionId, sessionId, reply } = args;
  const directory = context.book.get(sessionId)?.saved.directory;
  using _ = await context.answering.begin(interactionId, { commandId });
  const taken = await give(context.opencode.api(), args, directory);
  const now = context.clock.now();
  const teller = context.book.open(sessionId);
  const answers = reply === "answer" ? args.answers : [];
  if (taken) teller.answered({ interactionId, reply, answers, commandId }, now);
  else
    teller.gone(interactionId, { reason: "it was answered elsewhere, or its asker is gone", at: now, isMissed: true });
  await context.book.write();
  if (!taken)
    throw new HalError("not_found", `${interactionId} was answered already, or its asker is gone; nothing was done`);
  return { interactionId };
};

/** Gives the answer to opencode; false where nobody waits for it any more. */
function give(api: BackEnd, args: CommandArgs<"interaction.answer">, directory: string | undefined): Promise<boolean> {
  const about = { id: args.interactionId, directory };
  if (args.kind === "permission") return api.answerPermission({ ...about, reply: args.reply, message: args.message });
  return api.answerQuestion({ ...about, answers: args.reply === "reject" ? undefined : args.answers });
}

/** What still waits was not answered, and is answered now; of what does not wait any more nobody can tell whose answer it had. */
export const recoverAnswer: Recovery<"interaction.answer"> = async (context, { args, row, why }) => {
  if (await stillWaits(context, args)) return answerInteraction(context, args, row.commandId);
  throw new HalError(
    "interrupted",
    `${why}, and ${args.interactionId} does not wait any more: this answer may have reached it; see: halctl sessions logs ${args.sessionId}`,
  );
};

async function stillWaits(
  { opencode, book }: Context,
  { interactionId, sessionId, kind }: CommandArgs<"interaction.answer">,
): Promise<boolean> {
  const directory = book.get(sessionId)?.saved.directory;
  if (directory === undefined) return false;
  const api = opencode.api();
  const waiting = await saidOf<readonly { readonly id: string }[]>(
    kind === "permission" ? api.permissions(directory) : api.questions(directory),
  );
  return waiting.some(({ id }) => id === interactionId);
}
