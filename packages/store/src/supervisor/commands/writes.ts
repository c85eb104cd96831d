import { isStanding } from "@hal/protocol";
import { and, eq, inArray, isNull, lte, ne, or, sql } from "drizzle-orm";
import { prepared } from "../../prepared.ts";
import { type IdempotencyKey, saveKey, keyStandsFor } from "../idempotency/keys.ts";
import { appendOwnEvents } from "../log/writes.ts";
import { write } from "../write.ts";
import { placeholders, type WriterDatabase } from "../writer-database.ts";
import { answered } from "./answered.ts";
import type { Queued } from "./questions.ts";
import { commandStatements } from "./rows.ts";
import { type CommandRow, commands } from "./schema.ts";
import { aboutCommand, tellCommands } from "./tell-commands.ts";
import { followPrompt } from "./under-way.ts";

/**
 * Queues a command, once per idempotency key (protocol §5.6); one that goes out at once is `sent` already. One that stops
 * something and waits already is not queued a second time, and an answer takes no second one beside it.
 */
export const queueCommand = write(
  "queueCommand",
  (db: WriterDatabase, command: CommandRow, idempotency?: IdempotencyKey): Queued => {
    const known = idempotency === undefined ? undefined : standsFor(db, idempotency);
    if (known !== undefined) return known;
    const twin = twinOf(db, command);
    const stands = twin?.kind === "known" ? twin.command : command;
    if (twin?.kind === "taken") return twin;
    if (idempotency !== undefined) saveKey(db, idempotency, { made: stands.id, now: command.createdAt });
    if (twin !== undefined) return twin;
    commandStatements(db).write(command);
    followPrompt(db, command);
    appendOwnEvents.within(db, [aboutCommand(command, "queued", command.createdAt)], command.createdAt);
    return { kind: "new", command };
  },
);

/** The command that a key stands for already. */
function standsFor(db: WriterDatabase, idempotency: IdempotencyKey): Queued | undefined {
  const known = keyStandsFor(db, idempotency);
  if (known === "other") return { kind: "conflict" };
  const earlier = known === undefined ? undefined : commandStatements(db).read([known.made]);
  return earlier === undefined ? undefined : { kind: "known", command: earlier };
}

/** What is under way for the same thing: a kill, or what else stops it and has not gone out, or an answer to the same question. */
function twinOf(db: WriterDatabase, command: CommandRow): Queued | undefined {
  const isAnswer = command.type === "interaction.answer";
  if (!isAnswer && !isStanding(command.type)) return undefined;
  const open = db.orm
    .select()
    .from(commands)
    .where(
      and(
        eq(commands.nodeId, command.nodeId),
        eq(commands.type, command.type),
        isNull(commands.finishedAt),
        isNull(commands.cancelRequestedAt),
        isAnswer ? eq(answered, interactionOf(command)) : undefined,
        isAnswer || command.type === "session.kill" ? undefined : eq(commands.state, "queued"),
      ),
    )
    .orderBy(commands.createdAt, commands.id)
    .all();
  const args = JSON.stringify(command.args);
  const same = open.find((one) => JSON.stringify(one.args) === args);
  if (same !== undefined) return { kind: "known", command: same };
  const [first] = open;
  return isAnswer && first !== undefined ? { kind: "taken", command: first } : undefined;
}

function interactionOf({ args }: CommandRow): string {
  return String((args as { readonly interactionId?: unknown }).interactionId);
}

/** Records that commands go out now, before they do; one that has moved on stays as it is. */
export const recordSent = write(
  "recordSent",
  (db: WriterDatabase, ids: readonly string[], epoch: string, now: number): void => {
    db.orm
      .update(commands)
      .set({ state: "sent", sentAt: now, sentEpoch: epoch })
      .where(and(inArray(commands.id, [...ids]), eq(commands.state, "queued")))
      .run();
  },
);

/** Takes back that a command was sent: its link was gone before it could be. */
export const recordUnsent = write("recordUnsent", (db: WriterDatabase, id: string): void => {
  db.orm
    .update(commands)
    .set({ state: "queued", sentAt: null, sentEpoch: null })
    .where(and(eq(commands.id, id), eq(commands.state, "sent")))
    .run();
});

/** Ends queued commands whose deadline has passed (only queued ones expire, protocol §5.1) and returns them. */
export const expireQueued = write("expireQueued", (db: WriterDatabase, now: number): CommandRow[] => {
  const expired = db.orm
    .update(commands)
    .set({
      state: "expired",
      finishedAt: now,
      error: { code: "expired", message: "the node was not connected before the deadline" },
    })
    .where(and(eq(commands.state, "queued"), lte(commands.deadlineAt, now)))
    .returning()
    .all();
  tellCommands(db, expired, "expired", now);
  return expired;
});

const losing = prepared(({ orm }: WriterDatabase) => {
  const { error, finishedAt } = placeholders(commands);
  return orm
    .update(commands)
    .set({ state: "failed", finishedAt, error })
    .where(
      and(
        eq(commands.nodeId, sql.placeholder("nodeId")),
        isNull(commands.finishedAt),
        inArray(commands.state, ["sent", "running"]),
        or(isNull(commands.sentEpoch), ne(commands.sentEpoch, sql.placeholder("epoch"))),
      ),
    )
    .returning()
    .prepare();
});

/**
 * Ends what was sent to an earlier life of a node's outbox: with that life its executions are lost, so nobody can
 * know whether it was done (protocol §5.2). Returns what it ended.
 */
export const failLost = write(
  "failLost",
  (db: WriterDatabase, nodeId: string, epoch: string, now: number): CommandRow[] => {
    const error = {
      code: "agent_state_lost" as const,
      message: "the agent lost its memory of this command; look at the session to see whether it was done",
    };
    const lost = losing(db).all({ nodeId, epoch, error, finishedAt: now });
    tellCommands(db, lost, "failed", now);
    return lost;
  },
);

/**
 * Cancels a command that is still queued; of one that was sent it keeps that it shall be cancelled, for the agent to
 * say what became of it. Returns the command as it is then and whether this ended it; undefined where there is none.
 */
export const cancelCommand = write(
  "cancelCommand",
  (
    db: WriterDatabase,
    id: string,
    now: number,
  ): { readonly command: CommandRow; readonly ended: boolean } | undefined => {
    const command = commandStatements(db).read([id]);
    if (command === undefined) return undefined;
    if (command.finishedAt !== null) return { command, ended: false };
    const changed: CommandRow =
      command.state === "queued"
        ? { ...command, state: "cancelled", finishedAt: now, cancelRequestedAt: now }
        : { ...command, cancelRequestedAt: command.cancelRequestedAt ?? now };
    commandStatements(db).write(changed);
    const ended = changed.state === "cancelled";
    if (ended) tellCommands(db, [changed], "cancelled", now);
    return { command: changed, ended };
  },
);
