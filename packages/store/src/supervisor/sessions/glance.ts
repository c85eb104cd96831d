import { and, eq, inArray, isNull } from "drizzle-orm";
import { prepared } from "../../prepared.ts";
import { commands } from "../commands/schema.ts";
import { type NodeRow, nodes } from "../nodes/schema.ts";
import { soundOne } from "../sound-rows.ts";
import type { SupervisorStore } from "../store.ts";
import { type SessionRow, sessions } from "./schema.ts";

/** What is known of a session, at once. */
export interface SessionGlance {
  readonly session: SessionRow;
  readonly node: NodeRow;
  /** types of commands that are to stop it, or to begin it anew, and have no outcome yet */
  readonly underWay: readonly string[];
  /** what it was told last; undefined where that is not known */
  readonly prompt: string | undefined;
}

/** A session with what is under way for it, for whoever cannot wait; undefined where it is not known. */
export function glanceAt(store: SupervisorStore, nodeId: string, id: string): SessionGlance | undefined {
  const { orm } = store.sqlite;
  const found = orm
    .select({ session: sessions, node: nodes })
    .from(sessions)
    .innerJoin(nodes, eq(nodes.id, sessions.nodeId))
    .where(and(eq(sessions.nodeId, nodeId), eq(sessions.id, id)))
    .get();
  const session = soundOne(store, "sessions", found?.session);
  const node = soundOne(store, "nodes", found?.node);
  if (session === undefined || node === undefined) return undefined;
  const open = orm
    .select({ type: commands.type })
    .from(commands)
    .where(
      and(
        eq(commands.nodeId, nodeId),
        eq(commands.sessionId, id),
        isNull(commands.finishedAt),
        inArray(commands.type, ["session.abort", "session.kill", "session.restart"]),
      ),
    )
    .all();
  return { session, node, underWay: open.map(({ type }) => type), prompt: lastPromptOf(store, nodeId, id) };
}

const prompted = prepared(({ sqlite }: Pick<SupervisorStore, "sqlite">) =>
  sqlite.driver.prepare<[nodeId: string, sessionId: string], { text: string }>(
    `select json_extract(data, '$.text') as text from messages
     where node_id = ? and session_id = ? and role = 'user' and removed is null
       and case when json_valid(data) then json_extract(data, '$.text') <> '' else 0 end
     order by created_at desc, id desc limit 1`,
  ),
);

/** What a session was told last. What a back end puts in for the model has no text, and is no prompt. */
export function lastPromptOf(store: Pick<SupervisorStore, "sqlite">, nodeId: string, id: string): string | undefined {
  const text: unknown = prompted(store).get(nodeId, id)?.text;
  return typeof text === "string" ? text : undefined;
}
