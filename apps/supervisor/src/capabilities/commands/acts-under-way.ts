import { isAtRest } from "@hal/protocol";
import { entryOf } from "@hal/protocol/text";
import {
  actsUnderWay,
  type CommandRow,
  expiredAnswers,
  type InteractionRow,
  type SessionRow,
} from "@hal/store/supervisor";
import { duration } from "@hal/words";
import type { Context } from "./context.ts";

const WORDS: Readonly<Record<string, string>> = {
  "session.abort": "an abort",
  "session.kill": "a kill",
  "session.restart": "a restart",
  "node.stop": "a stop of everything",
};

/** What was asked and is not done yet, on some nodes: stops, restarts and answers. */
export async function actsOn(context: Context, nodeIds: Iterable<string>): Promise<CommandRow[]> {
  const found = await Promise.all([...nodeIds].map((nodeId) => actsUnderWay(context.store, nodeId)));
  return found.flat();
}

/** Those that are to stop a session, or to restart it. */
export function stopsOf(session: SessionRow, acts: readonly CommandRow[]): CommandRow[] {
  return acts.filter(({ nodeId, type, sessionId, project }) => {
    if (nodeId !== session.nodeId) return false;
    if (type !== "node.stop") return sessionId === session.id && type !== "interaction.answer";
    return (project === null || project === session.project) && !isAtRest(session.status);
  });
}

/** For each interaction the answer that has not reached it yet, or else the last one that did not come to reach it. */
export async function answersGiven(
  context: Context,
  rows: readonly InteractionRow[],
): Promise<(CommandRow | undefined)[]> {
  const open = rows.filter(({ state }) => state === "open");
  const acts = await actsOn(context, new Set(open.map(({ nodeId }) => nodeId)));
  return Promise.all(
    rows.map(async (row) => {
      if (row.state !== "open") return undefined;
      const underWay = acts.find(({ nodeId, type, args }) => {
        const { interactionId } = args as { readonly interactionId?: string };
        return type === "interaction.answer" && nodeId === row.nodeId && interactionId === row.id;
      });
      return underWay ?? (await expiredAnswers(context.store, row.nodeId, row.id))[0];
    }),
  );
}

/** As a clause behind a session's reason; empty where nothing is to stop it. */
export function stopsText(stops: readonly CommandRow[], nodeName: string, now: number): string {
  return stops
    .map(({ type, actor, createdAt, state }) => {
      const waits = state === "running" ? "is under way" : `waits for node ${nodeName}`;
      return `; ${entryOf(WORDS, type) ?? type} was asked by ${actor} ${duration(now - createdAt)} ago and ${waits}`;
    })
    .join("");
}
