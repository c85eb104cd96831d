import { HalError, type PromptView } from "@hal/protocol";
import {
  cancelPrompt,
  editPrompt,
  listPrompts,
  movePrompt,
  pendingPrompts,
  type PromptChange,
  promptsByPrefix,
  type PromptRow,
  sessionById,
  switchPrompt,
} from "@hal/store/supervisor";
import { meantBy } from "../../operations/by-prefix.ts";
import { formatPlace, parsePlace } from "../../operations/domain/page-place.ts";
import type { Caller, Handler } from "../../operations/handler.ts";
import { Page } from "../../operations/page.ts";
import { refuseTooLarge } from "../commands/issue-command.ts";
import { resolveNode } from "../nodes/resolve-node.ts";
import { resolveSession } from "../references/resolve-session.ts";
import type { Context } from "./context.ts";
import { describePrompt, describePrompts } from "./describe-prompts.ts";
import { refuseWaiting } from "./prompt-session.ts";

const list: Handler<"prompts.list", Context> = async (context, input) => {
  const meant = {
    nodeId: input.node === undefined ? undefined : (await resolveNode(context, input.node)).row.id,
    session: input.session === undefined ? undefined : await resolveSession(context, input.session),
  };
  const start = parsePlace(input.cursor);
  if (input.all) {
    const rows = await listPrompts(context.store, { ...meant, after: start, limit: input.limit + 1 });
    const page = Page.of(rows, input.limit, ({ createdAt, id }) => formatPlace({ at: createdAt, nodeId: "", id }));
    return new Page(await describePrompts(context, page.rows), page.next);
  }
  const pending = await pendingPrompts(context.store, meant);
  const behind = start === undefined ? 0 : pending.findIndex(({ id }) => id === start.id) + 1;
  const page = Page.of(pending.slice(behind, behind + input.limit + 1), input.limit, placeOf);
  return new Page(await describePrompts(context, page.rows), page.next);
};

function placeOf({ createdAt, id }: PromptRow): string {
  return formatPlace({ at: createdAt, nodeId: "", id });
}

const get: Handler<"prompts.get", Context> = async (context, { id: ref, wait_ms }, { signal }) => {
  const { id } = await resolvePrompt(context, ref);
  const limit = AbortSignal.any([signal, context.stopping, AbortSignal.timeout(wait_ms)]);
  for (;;) {
    const woken = context.events.arm(limit);
    const prompt = await describePrompt(context, id);
    if (prompt.state !== "pending" || wait_ms === 0 || limit.aborted) return prompt;
    await woken;
  }
};

const edit: Handler<"prompts.edit", Context> = async (context, { id: ref, text }, caller) => {
  const { id } = await resolvePrompt(context, ref);
  refuseTooLarge({ text });
  return told(context, await editPrompt(context.store, id, text, by(context, caller)), id);
};

const move: Handler<"prompts.move", Context> = async (context, { id: ref, place }, caller) => {
  const { id } = await resolvePrompt(context, ref);
  return told(context, await movePrompt(context.store, id, place, by(context, caller)), id);
};

const cancel: Handler<"prompts.cancel", Context> = async (context, { id: ref }, caller) => {
  const { id } = await resolvePrompt(context, ref);
  return told(context, await cancelPrompt(context.store, id, by(context, caller)), id);
};

const redirect: Handler<"prompts.switch", Context> = async (context, { id: ref, delivery, anyway }, caller) => {
  const { id, nodeId, sessionId } = await resolvePrompt(context, ref);
  const session = delivery === "steer" && !anyway ? await sessionById(context.store, nodeId, sessionId) : undefined;
  if (session !== undefined) await refuseWaiting(context, session);
  const changed = await switchPrompt(context.store, id, { delivery, anyway }, by(context, caller));
  if (changed?.changed === true) await context.promptSender.sendOf(nodeId, sessionId);
  return told(context, changed, id);
};

function by({ clock }: Context, { actor }: Caller) {
  return { actor, now: clock.now() };
}

/** What does not wait any more is left as it is, and whoever meant to change it hears what became of it. */
async function told(context: Context, change: PromptChange | undefined, id: string): Promise<PromptView> {
  const prompt = await describePrompt(context, id);
  if (change?.changed === true) return prompt;
  throw new HalError("conflict", `${id} does not wait any more: ${prompt.reason}`, {
    details: { state: prompt.state, command: prompt.command_id },
  });
}

/** The prompt that a person means: by id or unique prefix. */
async function resolvePrompt(context: Context, ref: string): Promise<PromptRow> {
  return meantBy(ref, await promptsByPrefix(context.store, ref), { noun: "prompt", list: "halctl prompts list" });
}

export const promptHandlers = {
  "prompts.list": list,
  "prompts.get": get,
  "prompts.edit": edit,
  "prompts.move": move,
  "prompts.cancel": cancel,
  "prompts.switch": redirect,
};
