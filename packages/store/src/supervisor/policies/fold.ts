import type { EventData, HalEvent } from "@hal/protocol";
import { commandRows } from "../commands/rows.ts";
import { foldOf } from "../fold.ts";
import { sessionRows } from "../sessions/rows.ts";
import type { Tx } from "../tx.ts";
import { policySessionRows } from "./rows.ts";
import type { PolicySessionRow } from "./schema.ts";

/** What stops the work of a session, where a person asks for it. */
const STOPS: ReadonlySet<string> = new Set(["session.abort", "session.kill"]);

/** Turns that ended because of somebody: stopped, or left behind what was denied. */
const LEFT: ReadonlySet<string | undefined> = new Set(["aborted", "denied", "unanswered"]);

/** Which sessions policies are to look at, since when each is as it is, and what a person stopped. */
export const policiesFold = foldOf({
  name: "policies",
  events: [
    "session.started",
    "session.busy",
    "session.idle",
    "session.waiting",
    "session.retrying",
    "session.error",
    "session.ended",
    "session.compacted",
    "session.health",
    "session.message",
    "command.succeeded",
    "command.failed",
    "command.cancelled",
  ],
  fold(tx, { event }) {
    if (event.type === "command.succeeded" || event.type === "command.failed" || event.type === "command.cancelled")
      return outcome(tx, event);
    if (event.type === "session.message" && !isPrompt(event.data)) return;
    if (event.session !== undefined) note(tx, event.session, (before) => changedBy(before, event, tx.receivedAt));
  },
});

type Outcome = Extract<HalEvent, { readonly type: "command.succeeded" | "command.failed" | "command.cancelled" }>;

/** Of what a person asked to stop it, and of what a policy asked, the session is looked at again. */
function outcome(tx: Tx, event: Outcome): void {
  const command = tx.of(commandRows).get(event.data.commandId);
  if (command?.nodeId !== tx.nodeId || command.sessionId === null) return;
  const isPolicys = command.actor.startsWith("policy:");
  const isStop = event.type === "command.succeeded" && STOPS.has(command.type) && !isPolicys;
  if (!isStop && !isPolicys) return;
  note(tx, command.sessionId, () => (isStop ? { stoppedAt: event.at, stoppedBy: command.actor } : {}));
}

/** What an event changes of what policies know of a session, beside its status. Pure. */
export function changedBy(
  before: Pick<PolicySessionRow, "stoppedAt" | "stoppedBy">,
  event: HalEvent,
  receivedAt: number,
): Partial<Pick<PolicySessionRow, "since" | "stoppedAt" | "stoppedBy" | "limitUntil" | "limitMessage">> {
  switch (event.type) {
    case "session.message":
      // its turn is about to begin: it rests no more, whatever its status says still
      return isPrompt(event.data) ? { since: receivedAt } : {};
    case "session.idle": {
      const isStop = event.data.aborted === true || LEFT.has(event.data.turn);
      if (!isStop) return NO_LIMIT;
      // the command that stopped it may be told before this or behind it
      const isSame = before.stoppedAt !== null && Math.abs(event.at - before.stoppedAt) < SAME_STOP_MS;
      return { stoppedAt: event.at, stoppedBy: isSame ? before.stoppedBy : null };
    }
    case "session.retrying": {
      const { nextAt, message } = event.data;
      if (nextAt === undefined) return {};
      return {
        limitUntil: receivedAt + Math.max(0, nextAt - event.at),
        limitMessage: message.slice(0, MOST_MESSAGE),
      };
    }
    default:
      return {};
  }
}

/** What a back end puts in for the model has no text. */
function isPrompt({ role, text }: EventData<"session.message">): boolean {
  return role === "user" && text !== "";
}

const NO_LIMIT = { limitUntil: null, limitMessage: null };
const MOST_MESSAGE = 500;
const SAME_STOP_MS = 10_000;

/** What an event is about is looked at before all that is due because time has passed. */
export const AT_ONCE = 0;

function note(tx: Tx, sessionId: string, what: (before: PolicySessionRow) => Partial<PolicySessionRow>): void {
  const session = tx.of(sessionRows).get(tx.nodeId, sessionId);
  if (session === undefined || session.parentId !== null) return;
  const { nodeId, receivedAt } = tx;
  const { status } = session;
  const rows = tx.of(policySessionRows);
  const before = rows.get(nodeId, sessionId) ?? newPolicySession({ nodeId, sessionId, status, since: receivedAt });
  rows.put({
    ...before,
    since: before.status === status ? before.since : receivedAt,
    ...what(before),
    status,
    changes: before.changes + 1,
    dueAt: AT_ONCE,
  });
}

/** A session of which policies know nothing yet. */
export function newPolicySession(
  known: Pick<PolicySessionRow, "nodeId" | "sessionId" | "status" | "since">,
): PolicySessionRow {
  return {
    ...known,
    stoppedAt: null,
    stoppedBy: null,
    ...NO_LIMIT,
    changes: 0,
    dueAt: known.since,
    state: {},
  };
}
