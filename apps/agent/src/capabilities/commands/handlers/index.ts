import type { CommandArgs, CommandOutput, CommandType } from "@hal/protocol";
import type { ExecutionRow } from "@hal/store/agent";
import type { Context } from "../../../context.ts";
import { answerInteraction, recoverAnswer } from "./answer-interaction.ts";
import { abortSession, killSession } from "./end-session.ts";
import { nodeStatus } from "./node-status.ts";
import { promptSession, recoverPrompt } from "./prompt-session.ts";
import { readDiff, readTodos } from "./read-session.ts";
import { recoverStart, startSession } from "./start-session.ts";
import { stopNode } from "./stop-node.ts";

/** Does a command; throws HalError where it fails, and UnclearError where it may have been done all the same. */
export type Handler<T extends CommandType> = (
  context: Context,
  args: CommandArgs<T>,
  commandId: string,
) => Promise<CommandOutput<T>>;

/** What is known of a command that had begun when its agent ended, or when opencode did not answer. */
export interface LeftOver<T extends CommandType> {
  readonly args: CommandArgs<T>;
  readonly row: ExecutionRow;
  /** why it is not known what became of it, in words */
  readonly why: string;
}

/** Finds out what became of such a command; throws HalError("interrupted") where that cannot be known. */
export type Recovery<T extends CommandType> = (context: Context, left: LeftOver<T>) => Promise<CommandOutput<T>>;

/** How a command is done, and how it is found out whether it was. */
export interface Work<T extends CommandType> {
  readonly handle: Handler<T>;
  /** `again`: doing it twice is the same as once; `none`: it changes nothing, so a failure is no more than that */
  readonly recover: Recovery<T> | "again" | "none";
}

export const WORK: { readonly [T in CommandType]: Work<T> } = {
  "session.start": { handle: startSession, recover: recoverStart },
  "session.prompt": { handle: promptSession, recover: recoverPrompt },
  "session.abort": { handle: abortSession, recover: "again" },
  "session.kill": { handle: killSession, recover: "again" },
  "session.todo": { handle: readTodos, recover: "none" },
  "session.diff": { handle: readDiff, recover: "none" },
  "interaction.answer": { handle: answerInteraction, recover: recoverAnswer },
  "node.stop": { handle: stopNode, recover: "again" },
  "node.status": { handle: nodeStatus, recover: "none" },
};
