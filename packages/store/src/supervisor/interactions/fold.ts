import { type HalEvent, ruleText } from "@hal/protocol";
import { and, eq } from "drizzle-orm";
import { prepared } from "../../prepared.ts";
import { commandRows } from "../commands/rows.ts";
import { foldOf } from "../fold.ts";
import { rootOf } from "../sessions/rows.ts";
import type { Tx } from "../tx.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { interactionRows } from "./rows.ts";
import { type InteractionRow, interactions } from "./schema.ts";

/** What a node asks people, what it was answered, and when nobody waits for that any more. */
export const interactionsFold = foldOf({
  name: "interactions",
  events: ["session.idle", "session.ended", "interaction.asked", "interaction.answered", "interaction.expired"],
  fold(tx, { event }) {
    const { session: sessionId } = event;
    if (sessionId === undefined) return;
    switch (event.type) {
      case "session.idle":
        // nobody waits for an answer any more, whoever should have told it
        expireOpen(tx, sessionId, { reason: "its turn is over", at: event.at });
        break;
      case "session.ended":
        expireOpen(tx, sessionId, { reason: `its session was ${event.data.reason}`, at: event.at });
        break;
      case "interaction.asked":
      case "interaction.answered":
      case "interaction.expired":
        foldIntoRow(tx, sessionId, event);
        break;
      default:
        event satisfies never;
    }
  },
});

type InteractionEvent = Extract<HalEvent, { readonly type: `interaction.${string}` }>;

function foldIntoRow(tx: Tx, sessionId: string, event: InteractionEvent): void {
  const rows = tx.of(interactionRows);
  const before = rows.get(tx.nodeId, event.data.interactionId);
  const context = {
    nodeId: tx.nodeId,
    sessionId,
    rootSessionId: before?.rootSessionId ?? rootOf(tx, sessionId),
    project: event.project ?? "",
    seenAt: tx.receivedAt,
  };
  const after = foldInteraction(before, context, event, answererOf(tx, event));
  if (after !== undefined && after !== before) rows.put(after);
}

function answererOf(tx: Tx, event: InteractionEvent): string {
  if (event.type !== "interaction.answered") return "opencode";
  if (event.data.rule !== undefined) return `the standing rule ${ruleText(event.data.rule)}`;
  if (event.data.commandId === undefined) return "opencode";
  return tx.of(commandRows).get(event.data.commandId)?.actor ?? "somebody whose command is not known here";
}

const openOf = prepared(({ sqlite }: WriterDatabase) =>
  sqlite.driver.prepare<[nodeId: string, sessionId: string]>(
    "select 1 from interactions where node_id = ? and session_id = ? and state = 'open' limit 1",
  ),
);

function expireOpen(tx: Tx, sessionId: string, { reason, at }: { readonly reason: string; readonly at: number }): void {
  const rows = tx.of(interactionRows);
  const isOpenHere = [...rows.here()].some((row) => row.sessionId === sessionId && row.state === "open");
  if (!isOpenHere && openOf(tx.db).get(tx.nodeId, sessionId) === undefined) return;
  const isOpen = and(
    eq(interactions.nodeId, tx.nodeId),
    eq(interactions.sessionId, sessionId),
    eq(interactions.state, "open"),
  );
  rows.flush();
  tx.db.orm.update(interactions).set({ state: "expired", stateReason: reason, closedAt: at }).where(isOpen).run();
  rows.forget();
}

/** Where a new interaction belongs. */
export interface InteractionContext {
  readonly nodeId: string;
  readonly sessionId: string;
  readonly rootSessionId: string;
  readonly project: string;
  /** on the supervisor's clock */
  readonly seenAt: number;
}

/**
 * What an interaction is after an event about it. Pure. The first answer stays; one that was told to wait for nobody opens
 * again where its node tells that somebody waits, and is answered where its node tells that it was.
 */
export function foldInteraction(
  row: InteractionRow | undefined,
  context: InteractionContext,
  event: HalEvent,
  answeredBy: string,
): InteractionRow | undefined {
  switch (event.type) {
    case "interaction.asked":
      // that nobody waits for an answer is taken back where the node tells that somebody does; an answer stays given
      return row === undefined || row.state === "expired" ? newInteraction(context, event) : row;
    case "interaction.answered":
      // a node that told of an end because it missed the question takes that back where it hears of an answer
      if (row === undefined || row.state === "answered") return row;
      return {
        ...row,
        state: "answered",
        stateReason: `${replyText(row.kind, event.data)} by ${answeredBy}`,
        reply: fits(row.kind, event.data.reply) ? event.data.reply : null,
        answeredBy,
        closedAt: event.at,
        rule: event.data.rule ?? null,
      };
    case "interaction.expired":
      if (row?.state !== "open") return row;
      return { ...row, state: "expired", stateReason: event.data.reason, closedAt: event.at };
    default:
      return row;
  }
}

function newInteraction(
  context: InteractionContext,
  event: Extract<HalEvent, { type: "interaction.asked" }>,
): InteractionRow {
  return {
    ...context,
    id: event.data.interactionId,
    kind: event.data.kind,
    state: "open",
    stateReason: "waits for a person",
    reply: null,
    answeredBy: null,
    askedAt: event.data.askedAt,
    closedAt: null,
    rule: null,
    data: event.data,
  };
}

/** A permission is allowed or denied, a question answered or denied. */
function fits(kind: InteractionRow["kind"], reply: Answered["reply"]): boolean {
  return reply === "reject" || (reply === "answer") === (kind === "question");
}

type Answered = Extract<HalEvent, { type: "interaction.answered" }>["data"];

function replyText(kind: InteractionRow["kind"], data: Answered): string {
  if (!fits(kind, data.reply)) return "closed, nobody knows how,";
  switch (data.reply) {
    case "once":
      return "allowed once";
    case "always":
      return "allowed always";
    case "reject":
      return "denied";
    case "answer":
      return `answered ${data.answers.flat().join(", ")}`.trim();
    default:
      return data.reply satisfies never;
  }
}
