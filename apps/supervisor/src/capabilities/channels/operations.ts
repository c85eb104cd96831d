import { DeliveryError } from "@hal/channels";
import { errorText } from "@hal/daemon";
import { HalError } from "@hal/protocol";
import { listNotices, resumeTarget } from "@hal/store/supervisor";
import { formatPlace, parsePlace } from "../../operations/domain/page-place.ts";
import type { Handler } from "../../operations/handler.ts";
import { nothingLike } from "../../operations/nothing-like.ts";
import { Page } from "../../operations/page.ts";
import type { Target } from "./channel-book.ts";
import type { Context } from "./context.ts";
import { newNoticeId } from "./notice-id.ts";
import { setup } from "./setup.ts";
import { noticeViews, targetViews } from "./views.ts";

const list: Handler<"channels.list", Context> = async (context) => targetViews(context);

const test: Handler<"channels.test", Context> = async (context, { target: name }, { actor, signal }) => {
  const { channels, store, clock, log, noticeSender } = context;
  const target = channels.get(name);
  if (target === undefined) throw unknownTarget(context, name);
  const ending = AbortSignal.any([signal, context.stopping]);
  const missing = [...(await target.channel.check(target.place, ending))];
  const reason = await send(context, target, { actor, signal: ending });
  if (reason !== undefined) return { target: name, sent: false, reason, missing, resumed: false };
  const resumed = await resumeTarget(store, name, { by: actor, now: clock.now() });
  if (resumed) log.info({ target: name, actor }, "a target is sent to again");
  noticeSender.wake();
  return { target: name, sent: true, reason: "it arrived", missing, resumed };
};

/** Why it did not arrive; undefined where it did. */
async function send(
  { clock }: Context,
  { name, channel, place }: Target,
  { actor, signal }: { readonly actor: string; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const at = clock.now();
  const text = `This is a test from ${actor}: notices for ${name} arrive here.`;
  const facts = { type: "channel.test", at, data: { target: name, by: actor, text } };
  try {
    await channel.post({ ref: newNoticeId(), place, message: { title: text, tone: "neutral", at }, facts }, signal);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof DeliveryError ? error.message : errorText(error);
  }
}

function unknownTarget({ channels }: Context, name: string): HalError {
  const names = channels.all.map((target) => target.name);
  if (names.length === 0)
    return new HalError(
      "not_found",
      "the configuration names no target; see `channels` there, and `hal-supervisor --help`",
    );
  const { message } = nothingLike("target", name, names, `; there are: ${names.join(", ")}`);
  return new HalError("not_found", message);
}

const notices: Handler<"notices.list", Context> = async (context, { target, state, cursor, limit }) => {
  const rows = await listNotices(context.store, { target, state, after: parsePlace(cursor), limit: limit + 1 });
  if (rows.length === 0 && cursor === undefined && target !== undefined && context.channels.get(target) === undefined)
    throw unknownTarget(context, target);
  const page = Page.of(rows, limit, ({ createdAt, id }) => formatPlace({ at: createdAt, nodeId: "", id }));
  return new Page(noticeViews(context, page.rows), page.next);
};

export const channelHandlers = {
  "channels.list": list,
  "channels.setup": setup,
  "channels.test": test,
  "notices.list": notices,
};
