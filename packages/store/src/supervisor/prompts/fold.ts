import { foldOf } from "../fold.ts";
import { commandRows } from "../commands/rows.ts";
import { forgetPrompts, promptsBegan, settlePrompt } from "../commands/under-way.ts";
import { sessionRows } from "../sessions/rows.ts";
import type { TurnStands } from "../sessions/schema.ts";
import { carryPrompts, givenBack } from "./send-writes.ts";

/** A session that rests so has begun no turn with its newest prompt. */
const UNBEGUN: ReadonlySet<TurnStands | null> = new Set<TurnStands>(["none", "unanswered"]);

const AT_WORK: ReadonlySet<string> = new Set(["busy", "waiting", "retrying", "error"]);

/** Which prompts have begun a turn, which never will, which an agent gave back because its session was at work, and which go to the session that continues theirs. */
export const promptsFold = foldOf({
  name: "prompts",
  events: [
    "session.busy",
    "session.waiting",
    "session.retrying",
    "session.error",
    "session.ended",
    "command.succeeded",
    "command.failed",
    "command.cancelled",
  ],
  fold(tx, { event }) {
    if (event.type === "command.failed" || event.type === "command.cancelled") {
      // of another node's command no node is believed
      if (tx.of(commandRows).get(event.data.commandId)?.nodeId !== tx.nodeId) return;
      forgetPrompts(tx.db, [event.data.commandId]);
      if (event.type === "command.failed") givenBack(tx.db, event.data, tx.receivedAt);
      return;
    }
    if (event.type === "command.succeeded") {
      const command = tx.of(commandRows).get(event.data.commandId);
      const output = event.data.output as { readonly sessionId?: unknown } | null | undefined;
      const sessionId = command?.sessionId ?? output?.sessionId;
      if (command?.nodeId !== tx.nodeId || typeof sessionId !== "string") return;
      const session = tx.of(sessionRows).get(tx.nodeId, sessionId);
      // nobody knew which session is the start's when its turn began, which may be over
      const isOver = command.sessionId === null && session?.status === "idle" && !UNBEGUN.has(session.turn);
      const hasBegun = AT_WORK.has(session?.status ?? "") || isOver;
      settlePrompt(tx.db, { id: command.id, sessionId, hasBegun });
      return;
    }
    if (event.session === undefined) return;
    promptsBegan(tx.db, tx.nodeId, event.session);
    if (event.type === "session.ended" && event.data.continuedBy !== undefined)
      carryPrompts(tx.db, { nodeId: tx.nodeId, from: event.session, to: event.data.continuedBy }, tx.receivedAt);
  },
});
