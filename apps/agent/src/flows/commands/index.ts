import type { CommandArgs, CommandOutput, CommandType } from "@hal/protocol";
import type { ExecutionRow } from "@hal/store/agent";
import type { Context } from "../../context.ts";
import { answerInteraction } from "./answer-interaction.ts";
import { abortSession, killSession, recoverAbort, recoverKill } from "./end-session.ts";
import { nodeStatus } from "./node-status.ts";
import { promptSession, recoverPrompt } from "./prompt-session.ts";
import { readDiff, readTodos } from "./read-session.ts";
import { recoverStart, startSession } from "./start-session.ts";

/** Does a command; throws HalError where it fails. */
export type Handler<T extends CommandType> = (
  context: Context,
  args: CommandArgs<T>,
  commandId: string,
) => Promise<CommandOutput<T>>;

/** Finds out what became of a command that a crash of the agent interrupted. */
export type Recovery = (context: Context, row: ExecutionRow) => Promise<unknown>;

export const HANDLERS: { readonly [T in CommandType]: Handler<T> } = {
  "session.start": startSession,
  "session.prompt": promptSession,
  "session.abort": abortSession,
  "session.kill": killSession,
  "session.todo": readTodos,
  "session.diff": readDiff,
  "interaction.answer": answerInteraction,
  "node.status": nodeStatus,
};

export const RECOVERIES: { readonly [T in CommandType]?: Recovery } = {
  "session.start": recoverStart,
  "session.prompt": recoverPrompt,
  "session.abort": recoverAbort,
  "session.kill": recoverKill,
};
