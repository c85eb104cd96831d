import { type CommandArgs, type CommandOutput, type ErrorBody, EVENT_DATA, HalError, isFinal } from "@hal/protocol";
import {
  type CommandRow,
  listCommands,
  listMessages,
  newestOfSession,
  nodeById,
  type SessionRow,
} from "@hal/store/supervisor";
import * as v from "valibot";
import type { Context } from "./context.ts";
import { describeCommand } from "../commands/describe-command.ts";
import type { Caller, Handler } from "../../operations/handler.ts";
import { awaitOutcome, issueCommand } from "../commands/issue-command.ts";
import { statusOf } from "../nodes/node-statuses.ts";
import { resolveSession } from "../references/resolve-session.ts";
import { time } from "../../domain/time.ts";
import { undoneOf } from "./domain/undone.ts";
import { undoOf } from "./undo-of.ts";

/** An answer that is younger answers the next one who asks, too: however often it is asked, a node answers so often. */
const FRESH_MS = 2_000;

const LOOK_BACK = { commands: 20, messages: 1_000 };

const todo: Handler<"sessions.todo", Context> = async (context, { ref, wait_ms }, caller) => {
  const session = await resolveSession(context, ref);
  if (context.links.get(session.nodeId) === undefined) {
    const told = await newestOfSession(context.store, session, "session.todo");
    const data = v.safeParse(EVENT_DATA["session.todo"], told?.content);
    const todos = data.success ? data.output.todos : [];
    return { session_id: session.id, todos, source: "log", as_of: told === undefined ? null : time(told.at) };
  }
  const args = { sessionId: session.id };
  const { todos } = await read(context, caller, session, { type: "session.todo", args, waitMs: wait_ms });
  return { session_id: session.id, todos, source: "opencode", as_of: time(context.clock.now()) };
};

const diff: Handler<"sessions.diff", Context> = async (context, { ref, wait_ms }, caller) => {
  const session = await resolveSession(context, ref);
  const row = await nodeById(context.store, session.nodeId);
  if (context.links.get(session.nodeId) === undefined)
    throw new HalError(
      "node_offline",
      `only ${row?.name ?? "its node"} knows the files, and it is ${row === undefined ? "not known" : statusOf(context, row).reason}`,
    );
  const messages = await listMessages(context.store, session.nodeId, session.id, LOOK_BACK.messages);
  const undo = await undoOf(context, session);
  // what a prompt that was undone had changed is as it was before
  const counting = messages.filter((message) => undoneOf(message, undo)?.extent !== "whole");
  const messageIds = counting.filter(({ role }) => role === "user").map(({ id }) => id);
  const args = { sessionId: session.id, messageIds };
  const output = await read(context, caller, session, { type: "session.diff", args, waitMs: wait_ms });
  return { session_id: session.id, ...output };
};

/** Asks the session's node for something that is nowhere else; throws HalError where it does not answer. */
async function read<T extends "session.todo" | "session.diff">(
  context: Context,
  caller: Caller,
  session: SessionRow,
  { type, args, waitMs }: { readonly type: T; readonly args: CommandArgs<T>; readonly waitMs: number },
): Promise<CommandOutput<T>> {
  const known = await freshAnswer(context, session, type);
  const command =
    known === undefined
      ? await issueCommand(
          context,
          { ...caller, idempotencyKey: undefined },
          {
            type,
            args,
            nodeId: session.nodeId,
            project: session.project,
            sessionId: session.id,
            deadlineMs: waitMs,
            waitMs,
          },
        )
      : await awaitOutcome(context, known.id, waitMs, caller.signal);
  if (command.state === "succeeded") return command.output as CommandOutput<T>;
  if (command.error !== null) throw HalError.fromBody(command.error as ErrorBody);
  const { reason } = await describeCommand(context, command);
  throw new HalError("timeout", `its node did not answer in time: ${reason}`);
}

async function freshAnswer(context: Context, session: SessionRow, type: string): Promise<CommandRow | undefined> {
  const oldest = context.clock.now() - FRESH_MS;
  const commands = await listCommands(context.store, { session, limit: LOOK_BACK.commands });
  return commands.find(
    (one) =>
      one.type === type &&
      (isFinal(one.state) ? one.state === "succeeded" && (one.finishedAt ?? 0) > oldest : one.createdAt > oldest),
  );
}

export const sessionReadHandlers = { "sessions.todo": todo, "sessions.diff": diff };
