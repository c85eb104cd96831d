import { type InteractionView, type SessionView, settled, type WaitView } from "@hal/protocol";
import { listInteractions, listMessages, sessionById, type SessionRow } from "@hal/store/supervisor";
import type { Handler } from "../../operations/handler.ts";
import { describeInteractions } from "../interactions/describe-interactions.ts";
import { resolveSession } from "../references/resolve-session.ts";
import { describeSessions } from "../sessions/describe-session.ts";
import { undoOf } from "../sessions/undo-of.ts";
import { messageView } from "../sessions/views.ts";
import type { Context } from "./context.ts";

/** So many of the newest messages are looked through for an answer, and of a session's open questions. */
const RECENT = { messages: 20, interactions: 100 };

const waitFor: Handler<"sessions.wait", Context> = async (context, input, { signal }) => {
  const named = await resolveSession(context, input.ref);
  const limit = AbortSignal.any([signal, context.stopping, AbortSignal.timeout(input.wait_ms)]);
  for (;;) {
    const woken = context.events.arm(limit);
    const row = (await sessionById(context.store, named.nodeId, named.id)) ?? named;
    const session = (await describeSessions(context, [row]))[0] as SessionView;
    const open =
      session.status === "waiting"
        ? await listInteractions(context.store, { state: "open", session: row, limit: RECENT.interactions })
        : [];
    const asked = await describeInteractions(context, open);
    const end = settled(session, asked, input.for);
    if (end !== undefined || input.wait_ms === 0 || limit.aborted)
      return view(context, row, {
        session,
        end: end ?? null,
        asked: asked.find(({ kind }) => kind === end) ?? asked[0],
      });
    await woken;
  }
};

async function view(
  context: Context,
  row: SessionRow,
  found: {
    readonly session: SessionView;
    readonly end: WaitView["settled"];
    readonly asked: InteractionView | undefined;
  },
): Promise<WaitView> {
  const messages = await listMessages(context.store, row.nodeId, row.id, RECENT.messages);
  const answer = messages.findLast(({ role }) => role === "assistant");
  return {
    session: row.id,
    node_id: row.nodeId,
    status: found.session.status,
    reason: found.session.reason,
    settled: found.end,
    answer: answer === undefined ? null : messageView(answer, await undoOf(context, row)),
    interaction: found.asked ?? null,
  };
}

export const waitHandlers = { "sessions.wait": waitFor };
