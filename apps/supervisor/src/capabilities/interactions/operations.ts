import { type CommandArgs, HalError, type InteractionView, type ParsedInput } from "@hal/protocol";
import { interactionsByPrefix, type InteractionRow, listInteractions } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { describeCommand } from "../commands/describe-command.ts";
import { answersProblem } from "./domain/answers.ts";
import { formatPlace, parsePlace } from "../../operations/domain/page-place.ts";
import { describeInteractions } from "./describe-interactions.ts";
import { interactionView } from "./views.ts";
import type { Handler } from "../../operations/handler.ts";
import { Page } from "../../operations/page.ts";
import { issueCommand, oncePerKey } from "../commands/issue-command.ts";
import { onNode, resolveSession, theOne } from "../references/resolve-session.ts";

const list: Handler<"interactions.list", Context> = async (context, input) => {
  const session = input.session === undefined ? undefined : await resolveSession(context, input.session);
  const rows = await listInteractions(context.store, {
    state: input.state === "all" ? undefined : input.state,
    session,
    after: parsePlace(input.cursor),
    limit: input.limit + 1,
  });
  const cursorOf = ({ askedAt, nodeId, id }: InteractionRow): string => formatPlace({ at: askedAt, nodeId, id });
  const views = new Map((await describeInteractions(context, rows)).map((view, index) => [rows[index], view]));
  return Page.of(rows, input.limit, cursorOf).map((row) => views.get(row) as InteractionView);
};

const get: Handler<"interactions.get", Context> = async (context, { id }) =>
  describeInteraction(context, await resolveInteraction(context, id));

const answer: Handler<"interactions.answer", Context> = async (context, input, caller) => {
  const interaction = await resolveInteraction(context, input.id);
  const command = await oncePerKey(context, caller, input.wait_ms, () =>
    issueCommand(context, caller, {
      type: "interaction.answer",
      args: argumentsFor(interaction, input),
      nodeId: interaction.nodeId,
      project: interaction.project,
      sessionId: interaction.sessionId,
      deadlineMs: input.deadline_ms ?? context.answerMs(),
      waitMs: input.wait_ms,
    }),
  );
  return {
    command: await describeCommand(context, command),
    interaction: await describeInteraction(
      context,
      await resolveInteraction(context, `${interaction.nodeId}/${interaction.id}`),
    ),
  };
};

async function describeInteraction(context: Context, row: InteractionRow): Promise<InteractionView> {
  return (await describeInteractions(context, [row]))[0] as InteractionView;
}

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

/** The interaction that a person means: by id or unique prefix, also as `node/…`; a prefix means what still waits. */
async function resolveInteraction(context: Context, ref: string): Promise<InteractionRow> {
  const { node, name } = await onNode(context, ref);
  const all = await interactionsByPrefix(context.store, name, node?.row.id);
  const open = all.filter(({ state }) => state === "open");
  const found = open.length > 0 && !all.some(({ id }) => id === name) ? open : all;
  if (found.length === 0) throw new HalError("not_found", `no interaction ${ref}; see: halctl interactions list`);
  return theOne(context, ref, { found, nameOf: ({ id }) => id });
}

export const interactionHandlers = {
  "interactions.list": list,
  "interactions.get": get,
  "interactions.answer": answer,
};
