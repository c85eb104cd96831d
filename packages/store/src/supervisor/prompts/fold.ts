import { foldOf } from "../fold.ts";
import { commandRows } from "../commands/rows.ts";
import { forgetPrompts, promptsBegan, settlePrompt } from "../commands/under-way.ts";
import { sessionRows } from "../sessions/rows.ts";
import { givenBack } from "./send-writes.ts";

const AT_WORK: ReadonlySet<string> = new Set(["busy", "waiting", "retrying", "error"]);

/** Which prompts have begun a turn, which never will, and which an agent gave back because its session was at work. */
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
      const status = tx.of(sessionRows).get(tx.nodeId, sessionId)?.status ?? "";
      settlePrompt(tx.db, { id: command.id, sessionId, isAtWork: AT_WORK.has(status) });
      return;
    }
    if (event.session !== undefined) promptsBegan(tx.db, tx.nodeId, event.session);
  },
});
