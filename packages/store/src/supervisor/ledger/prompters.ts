import type { EventData } from "@hal/protocol";
import * as v from "valibot";
import { prepared } from "../../prepared.ts";
import { commandRows } from "../commands/rows.ts";
import { sessionRows } from "../sessions/rows.ts";
import type { Tx } from "../tx.ts";
import type { WriterDatabase } from "../writer-database.ts";

/** A prompt and who gave it; the actor is empty where somebody gave it in opencode itself. */
export interface Prompted {
  readonly sessionId: string;
  /** empty of a session that was begun without one */
  readonly id: string;
  readonly actor: string;
  readonly at: number;
}

/** An answer, as far as it says who is to be asked for it. */
export interface Answer {
  readonly sessionId: string;
  readonly rootId: string;
  readonly id: string;
  readonly promptId: string;
}

/** Keeps who gave a prompt; says whether that is news. A command that brought it is known better than that there is one. */
export function recordPrompt(db: WriterDatabase, { sessionId, id, actor, at }: Prompted): boolean {
  return statements(db).record.run(sessionId, id, actor, at).changes > 0;
}

/**
 * Whose an answer is: of whoever's command brought the prompt that it answers, else of the owner whom the session at the top
 * of its tree had by then, its newest prompt. Empty where that is not known.
 */
export function prompterOf(db: WriterDatabase, { sessionId, rootId, id, promptId }: Answer): string {
  const { exactly, newest } = statements(db);
  if (sessionId === rootId) return newest.get(rootId, promptId === "" ? id : promptId) ?? "";
  return exactly.get(sessionId, promptId) ?? newest.get(rootId, id) ?? "";
}

/** The prompt that a command brought, once its node says so; undefined where it brought none. */
export function promptOfCommand(
  tx: Tx,
  { commandId, output }: EventData<"command.succeeded">,
  at: number,
): Prompted | undefined {
  const command = tx.of(commandRows).get(commandId);
  if (command === undefined || command.nodeId !== tx.nodeId || !PROMPTING.has(command.type)) return undefined;
  const made = v.safeParse(Made, output);
  if (!made.success) return undefined;
  const { sessionId, messageId = null } = made.output;
  const session = tx.of(sessionRows).get(tx.nodeId, sessionId);
  // one that was restarted works on for whom it worked before, and its row says so by now
  const owner = session?.promptedWith === messageId ? session.promptedBy : null;
  return { sessionId, id: messageId ?? "", actor: owner ?? command.actor, at };
}

const PROMPTING: ReadonlySet<string> = new Set(["session.start", "session.prompt", "session.restart"]);

const Made = v.object({ sessionId: v.string(), messageId: v.optional(v.string()) });

const statements = prepared(({ sqlite: { driver } }: WriterDatabase) => ({
  record: driver.prepare<[string, string, string, number]>(
    `insert into spent_prompts (session_id, id, actor, at) values (?, ?, ?, ?)
     on conflict (session_id, id) do update set actor = excluded.actor
     where excluded.actor <> '' and excluded.actor <> actor`,
  ),
  exactly: driver
    .prepare<[string, string], string>(
      "select actor from spent_prompts where session_id = ? and id = ? and actor <> ''",
    )
    .pluck(),
  newest: driver
    .prepare<[string, string], string>(
      "select actor from spent_prompts where session_id = ? and id <= ? order by id desc limit 1",
    )
    .pluck(),
}));
