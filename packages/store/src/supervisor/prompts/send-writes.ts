import type { ErrorBody } from "@hal/protocol";
import { eq } from "drizzle-orm";
import { commandStatements } from "../commands/rows.ts";
import type { CommandRow } from "../commands/schema.ts";
import { sentCommand } from "../commands/sent-command.ts";
import { aboutCommand } from "../commands/tell-commands.ts";
import { followPrompt } from "../commands/under-way.ts";
import { appendOwnEvents } from "../log/writes.ts";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { dueOf, standingOf } from "./due.ts";
import { pendingOf, queueFacts } from "./questions.ts";
import { promptStatements } from "./rows.ts";
import { type PromptRow, prompts } from "./schema.ts";
import { tellPrompt } from "./tell-prompts.ts";

/** A prompt that was given back often is tried again no later than this. */
const LONGEST_PAUSE_MS = 60_000;

/** What is to be looked at of a session's list, and as what command its next prompt goes out to which life of the outbox. */
export interface Sending {
  readonly nodeId: string;
  readonly sessionId: string;
  readonly commandId: string;
  readonly epoch: string;
  readonly now: number;
}

/** What became of a session's list. */
export interface SentPrompt {
  readonly prompt: PromptRow;
  readonly command: CommandRow;
}

/**
 * Makes the next prompt of a session a command, if it is due: in one transaction, so that it is sent once whatever ends just
 * then. Its key is the prompt's, so that an agent knows it again that was sent it by a supervisor before that was restored.
 */
export const sendDue = write(
  "sendDue",
  (db: WriterDatabase, { nodeId, sessionId, commandId, epoch, now }: Sending): SentPrompt | undefined => {
    const due = dueOf(pendingOf(db, nodeId, sessionId), queueFacts(db, nodeId, sessionId, now));
    if (due === undefined) return undefined;
    const command = commandOf(due, { commandId, epoch, now });
    const prompt: PromptRow = { ...due, state: "sent", commandId, attempts: due.attempts + 1, changedAt: now };
    promptStatements(db).write(prompt);
    commandStatements(db).write(command);
    followPrompt(db, command);
    appendOwnEvents.within(db, [aboutCommand(command, "queued", now)], now);
    tellPrompt(db, prompt, { type: "prompt.sent", data: { promptId: prompt.id, commandId } }, now);
    return { prompt, command };
  },
);

function commandOf(
  prompt: PromptRow,
  { commandId, epoch, now }: Pick<Sending, "commandId" | "epoch" | "now">,
): CommandRow {
  const { id, nodeId, sessionId, project, actor, text, model, agent, format, files, delivery, attempts } = prompt;
  const args = {
    sessionId,
    text,
    ...(model === null ? {} : { model }),
    ...(agent === null ? {} : { agent }),
    ...(format === null ? {} : { format }),
    ...(files === null ? {} : { files }),
    delivery,
  };
  return sentCommand(
    { id: commandId, type: "session.prompt", nodeId, project, sessionId, actor, args },
    { now, epoch, key: ["prompt", id, attempts] },
  );
}

/** Refuses what waits for a session that has ended; returns it. */
export const refusePrompts = write(
  "refusePrompts",
  (db: WriterDatabase, nodeId: string, sessionId: string, now: number): PromptRow[] => {
    const pending = pendingOf(db, nodeId, sessionId);
    if (pending.length === 0 || standingOf(queueFacts(db, nodeId, sessionId, now)) !== "ended") return [];
    const reason = "its session ended before it was sent";
    return pending.map((before) => {
      const prompt: PromptRow = { ...before, state: "refused", reason, changedAt: now };
      promptStatements(db).write(prompt);
      tellPrompt(db, prompt, { type: "prompt.refused", data: { promptId: prompt.id, reason } }, now);
      return prompt;
    });
  },
);

/** What waits for a session that was restarted waits for the one that goes on from it, in the same order, before what waits there. */
export function carryPrompts(
  db: WriterDatabase,
  { nodeId, from, to }: { readonly nodeId: string; readonly from: string; readonly to: string },
  now: number,
): void {
  const carried = from === to ? [] : pendingOf(db, nodeId, from);
  const first = (pendingOf(db, nodeId, to)[0]?.position ?? 1) - carried.length;
  for (const [index, before] of carried.entries()) {
    const prompt: PromptRow = { ...before, sessionId: to, position: first + index, afterStop: false, changedAt: now };
    promptStatements(db).write(prompt);
    const data = { promptId: prompt.id, what: "carried" as const, actor: "agent" };
    tellPrompt(db, prompt, { type: "prompt.changed", data }, now);
  }
}

/** An agent that found its session at work gave a prompt back: it waits again, at the head of its list. */
export function givenBack(
  db: WriterDatabase,
  { commandId, error }: { readonly commandId: string; readonly error: ErrorBody },
  now: number,
): void {
  if ((error.details as { readonly atWork?: unknown } | undefined)?.atWork !== true) return;
  const before = db.orm.select().from(prompts).where(eq(prompts.commandId, commandId)).get();
  if (before?.state !== "sent") return;
  const pauseMs = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** Math.min(before.attempts, 10));
  const [first] = pendingOf(db, before.nodeId, before.sessionId);
  const position = Math.min(before.position, (first?.position ?? before.position + 1) - 1);
  const prompt: PromptRow = { ...before, state: "pending", position, retryAt: now + pauseMs, changedAt: now };
  promptStatements(db).write(prompt);
  tellPrompt(
    db,
    prompt,
    { type: "prompt.changed", data: { promptId: prompt.id, what: "returned", actor: "agent" } },
    now,
  );
}
