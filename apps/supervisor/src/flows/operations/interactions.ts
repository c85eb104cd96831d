import { type CommandArgs, HalError, type InteractionView, type ParsedInput } from "@hal/protocol";
import { interactionsByPrefix, type InteractionRow, listInteractions } from "@hal/store/supervisor";
import type { Context } from "../../context.ts";
import { describeCommand } from "../describe-command.ts";
import { answersProblem } from "../../domain/answers.ts";
import { formatPlace, parsePlace } from "../../domain/page-place.ts";
import { interactionView } from "../views.ts";
import type { Handler } from "../dispatch.ts";
import { Page } from "../page.ts";
import { issueCommand, oncePerKey } from "../issue-command.ts";
import { resolveSession } from "../resolve-session.ts";

const list: Handler<"interactions.list"> = async (context, input) => {
  const session = input.session === undefined ? undefined : await resolveSession(context, input.session);
  const rows = await listInteractions(context.store, {
    state: input.state === "all" ? undefined : input.state,
    sessionId: session?.id,
    after: parsePlace(input.cursor),
    limit: input.limit + 1,
  });
  const cursorOf = ({ askedAt, nodeId, id }: InteractionRow): string => formatPlace({ at: askedAt, nodeId, id });
  return Page.of(rows, input.limit, cursorOf).map(interactionView);
};

const answer: Handler<"interactions.answer"> = async (context, input, caller) => {
  const interaction = await resolveInteraction(context, input.id);
  const command = await oncePerKey(context, caller, input.wait_ms, () =>
    issueCommand(context, caller, {
      type: "interaction.answer",
      args: argumentsFor(interaction, input),
      nodeId: interaction.nodeId,
      project: interaction.project,
      sessionId: interaction.sessionId,
      deadlineMs: input.deadline_ms,
      waitMs: input.wait_ms,
    }),
  );
  return {
    command: await describeCommand(context, command),
    interaction: interactionView(await resolveInteraction(context, interaction.id)),
  };
};

function argumentsFor(
  interaction: InteractionRow,
  { reply, message, answers, own_words: areOwnWords = false }: ParsedInput<"interactions.answer">,
): CommandArgs<"interaction.answer"> {
  const { id, kind, state, stateReason, sessionId } = interaction;
  if (state !== "open") throw new HalError("conflict", `${id} is closed already: ${stateReason}`);
  const asked = { interactionId: id, sessionId };
  if (kind === "permission") {
    if (reply === "answer") throw new HalError("bad_request", `${id} asks for permission; allow or deny it`);
    return { ...asked, kind, reply, ...(message === undefined ? {} : { message }) };
  }
  if (reply === "reject") return { ...asked, kind, reply };
  if (reply !== "answer")
    throw new HalError("bad_request", `${id} is a question; answer it: halctl interactions answer ${id} <answer>`);
  const { questions } = interactionView(interaction);
  const problem = answersProblem(questions, answers, areOwnWords);
  if (problem !== undefined) throw new HalError("bad_request", `${id}: ${problem}`);
  return { ...asked, kind, reply, answers: answers ?? [] };
}

async function resolveInteraction(context: Context, ref: string): Promise<InteractionRow> {
  const found = await interactionsByPrefix(context.store, ref);
  const [only] = found;
  // a prefix means what still waits
  const open = found.filter(({ state }) => state === "open");
  if (open.length === 1 && !found.some(({ id }) => id === ref)) return open[0] as InteractionRow;
  if (only === undefined) throw new HalError("not_found", `no interaction ${ref}; see: halctl interactions list`);
  if (found.length > 1) {
    const choices = found.map(({ id }: Pick<InteractionView, "id">) => id);
    throw new HalError("ambiguous", `${ref} means several interactions; use a whole id: ${choices.join(", ")}`, {
      details: { choices },
    });
  }
  return only;
}

export const interactionHandlers = { "interactions.list": list, "interactions.answer": answer };
