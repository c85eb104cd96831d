import { and, eq } from "drizzle-orm";
import { type IdempotencyKey, keyStandsFor, saveKey } from "../idempotency/keys.ts";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { standingOf } from "./due.ts";
import { type Listed, isMeant, pendingOf, type PromptFilter, queueFacts } from "./questions.ts";
import { promptStatements } from "./rows.ts";
import { type PromptRow, prompts } from "./schema.ts";
import { tellPrompt } from "./tell-prompts.ts";

/** A prompt before it has its place in the list. */
export type NewPrompt = Pick<
  PromptRow,
  | "id"
  | "nodeId"
  | "sessionId"
  | "project"
  | "text"
  | "model"
  | "agent"
  | "format"
  | "files"
  | "delivery"
  | "anyway"
  | "actor"
  | "createdAt"
>;

/** Puts a prompt at the end of its session's list, once per idempotency key; behind a turn that was stopped at its head. */
export const listPrompt = write(
  "listPrompt",
  (db: WriterDatabase, prompt: NewPrompt, idempotency?: IdempotencyKey): Listed => {
    const known = idempotency === undefined ? undefined : keyStandsFor(db, idempotency);
    if (known === "other") return { kind: "conflict" };
    const earlier = known === undefined ? undefined : promptStatements(db).read([known.made]);
    if (earlier !== undefined) return { kind: "known", prompt: earlier };
    const { nodeId, sessionId, createdAt: now } = prompt;
    const pending = pendingOf(db, nodeId, sessionId);
    const afterStop = standingOf(queueFacts(db, nodeId, sessionId, now)) === "stopped";
    const position = afterStop ? (pending[0]?.position ?? 1) - 1 : (pending.at(-1)?.position ?? 0) + 1;
    const row: PromptRow = {
      ...prompt,
      afterStop,
      position,
      state: "pending",
      commandId: null,
      attempts: 0,
      retryAt: 0,
      reason: null,
      changedAt: now,
    };
    if (idempotency !== undefined) saveKey(db, idempotency, { made: row.id, now });
    promptStatements(db).write(row);
    const data = { promptId: row.id, delivery: row.delivery, actor: row.actor };
    tellPrompt(db, row, { type: "prompt.queued", data }, now);
    return { kind: "new", prompt: row };
  },
);

/** What somebody did to a prompt, as it is then; `changed` says whether it waited still, so that it could be done. */
export interface PromptChange {
  readonly prompt: PromptRow;
  readonly changed: boolean;
}

/** Who changes something, and when. */
interface By {
  readonly actor: string;
  readonly now: number;
}

/** Changes a prompt that waits; undefined where there is no such prompt. */
function change(
  db: WriterDatabase,
  id: string,
  { now }: By,
  what: (prompt: PromptRow) => Partial<PromptRow>,
): PromptChange | undefined {
  const before = promptStatements(db).read([id]);
  if (before?.state !== "pending") return before && { prompt: before, changed: false };
  const prompt = { ...before, ...what(before), changedAt: now };
  promptStatements(db).write(prompt);
  return { prompt, changed: true };
}

/** Gives a prompt that waits another text. */
export const editPrompt = write(
  "editPrompt",
  (db: WriterDatabase, id: string, text: string, by: By): PromptChange | undefined => {
    const changed = change(db, id, by, () => ({ text }));
    if (changed?.changed === true) tellChanged(db, changed.prompt, "edited", by);
    return changed;
  },
);

/** Has a prompt that waits delivered in the other way. */
export const switchPrompt = write(
  "switchPrompt",
  (
    db: WriterDatabase,
    id: string,
    how: Pick<PromptRow, "delivery"> & { readonly anyway: boolean },
    by: By,
  ): PromptChange | undefined => {
    const changed = change(db, id, by, (prompt) => ({
      delivery: how.delivery,
      anyway: prompt.anyway || how.anyway,
      retryAt: 0,
    }));
    if (changed?.changed === true) tellChanged(db, changed.prompt, "switched", by);
    return changed;
  },
);

/** Puts a prompt that waits at a place of its session's list, 1 for the next one. */
export const movePrompt = write(
  "movePrompt",
  (db: WriterDatabase, id: string, place: number, by: By): PromptChange | undefined => {
    const moved = promptStatements(db).read([id]);
    if (moved?.state !== "pending") return moved && { prompt: moved, changed: false };
    const others = pendingOf(db, moved.nodeId, moved.sessionId).filter((one) => one.id !== id);
    const order = [...others.slice(0, place - 1), moved, ...others.slice(place - 1)];
    for (const [index, one] of order.entries())
      if (one.position !== index + 1) promptStatements(db).write({ ...one, position: index + 1, changedAt: by.now });
    tellChanged(db, moved, "moved", by);
    return { prompt: promptStatements(db).read([id]) ?? moved, changed: true };
  },
);

function tellChanged(db: WriterDatabase, prompt: PromptRow, what: "edited" | "moved" | "switched", { actor, now }: By) {
  tellPrompt(db, prompt, { type: "prompt.changed", data: { promptId: prompt.id, what, actor } }, now);
}

/** Takes a prompt back that waits. */
export const cancelPrompt = write(
  "cancelPrompt",
  (db: WriterDatabase, id: string, by: By): PromptChange | undefined => {
    const changed = change(db, id, by, () => ({ state: "cancelled", reason: `taken back by ${by.actor}` }));
    if (changed?.changed === true) tellCancelled(db, changed.prompt, by);
    return changed;
  },
);

/** Takes back whatever waits and is meant, and returns it. */
export const cancelPrompts = write(
  "cancelPrompts",
  (
    db: WriterDatabase,
    meant: Omit<PromptFilter, "after" | "limit">,
    { reason, ...by }: By & { readonly reason: string },
  ): PromptRow[] => {
    const cancelled = db.orm
      .update(prompts)
      .set({ state: "cancelled", reason, changedAt: by.now })
      .where(and(eq(prompts.state, "pending"), isMeant(meant)))
      .returning()
      .all();
    for (const prompt of cancelled) tellCancelled(db, prompt, by);
    return cancelled;
  },
);

function tellCancelled(db: WriterDatabase, prompt: PromptRow, { actor, now }: By): void {
  tellPrompt(db, prompt, { type: "prompt.cancelled", data: { promptId: prompt.id, actor } }, now);
}
