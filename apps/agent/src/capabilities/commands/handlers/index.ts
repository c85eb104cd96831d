import { type CommandArgs, type CommandOutput, type CommandType, isCommandType } from "@hal/protocol";
import type { ExecutionRow } from "@hal/store/agent";
import type { Ability } from "../../../back-end.ts";
import type { Context } from "../../../context.ts";
import { isAtWork } from "../../sessions/domain/turn.ts";
import { sessionIn } from "../session-in.ts";
import { answerInteraction, recoverAnswer } from "./answer-interaction.ts";
import { abortSession, killSession } from "./end-session.ts";
import { nodeStatus } from "./node-status.ts";
import { checkProject } from "./check-project.ts";
import { promptSession, recoverPrompt } from "./prompt-session.ts";
import { readDiff, readTakes, readTodos } from "./read-session.ts";
import { recoverRestart, restartSession } from "./restart-session.ts";
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

/** How a command is done, when, and how it is found out whether it was. */
export interface Work<T extends CommandType> {
  readonly run: Handler<T>;
  /** `again`: doing it twice is the same as once; `none`: it changes nothing, so a failure is no more than that */
  readonly recover: Recovery<T> | "again" | "none";
  /** what must be there before it begins */
  readonly needs: "opencode" | "nothing";
  /** what opencode, or what stands in its place, must be able to do for it */
  readonly abilities?: (context: Context, args: CommandArgs<T>) => readonly Ability[];
  /** commands of one lane keep their order; one without a lane waits for no other. Arguments are as they came */
  readonly lane?: (args: unknown) => string | undefined;
  /** whether a turn begins with it, so that what stops something is done first, and a hold refuses it */
  readonly beginsTurn?: true;
  /** it leaves things halfway where it is given up, so it is tried until opencode answers, as what stops something is */
  readonly goesOn?: true;
  /** in which project it begins one, as far as that is known */
  readonly projectOf?: (context: Context, args: CommandArgs<T>) => string | undefined;
}

/** What is done for each command; one without an entry does not compile. */
const WORK: { readonly [T in CommandType]: Work<T> } = {
  "session.start": {
    run: startSession,
    recover: recoverStart,
    needs: "opencode",
    abilities: (_, { format }) => shapeOf(format),
    beginsTurn: true,
    projectOf: (_, { project }) => project,
  },
  "session.prompt": {
    run: promptSession,
    recover: recoverPrompt,
    needs: "opencode",
    abilities: ({ book }, { sessionId, delivery, format, files = [] }) => [
      ...(isAtWork(book.get(sessionId)?.status)
        ? [delivery === "steer" ? ("steer" as const) : ("queue" as const)]
        : []),
      ...shapeOf(format),
      ...(files.length === 0 ? [] : ["files" as const]),
    ],
    // prompts of one session keep their order
    lane: sessionIn,
    beginsTurn: true,
    projectOf: projectOfSession,
  },
  "session.restart": {
    run: restartSession,
    recover: recoverRestart,
    needs: "opencode",
    // what is prompted meanwhile finds out what became of its session
    lane: sessionIn,
    beginsTurn: true,
    goesOn: true,
    projectOf: projectOfSession,
  },
  "session.abort": { run: abortSession, recover: "again", needs: "opencode" },
  "session.kill": { run: killSession, recover: "again", needs: "opencode" },
  "session.todo": { run: readTodos, recover: "none", needs: "opencode", abilities: () => ["todos"] },
  "session.diff": { run: readDiff, recover: "none", needs: "opencode", abilities: () => ["diff"] },
  "session.takes": { run: readTakes, recover: "none", needs: "opencode", abilities: () => ["files"] },
  "interaction.answer": {
    run: answerInteraction,
    recover: recoverAnswer,
    needs: "opencode",
    abilities: (_, { kind }) => [kind],
  },
  "project.check": { run: checkProject, recover: "none", needs: "opencode" },
  "node.stop": { run: stopNode, recover: "again", needs: "opencode" },
  "node.status": { run: nodeStatus, recover: "none", needs: "nothing" },
};

function shapeOf(format: unknown): readonly Ability[] {
  return format === undefined ? [] : ["format"];
}

function projectOfSession({ book }: Context, { sessionId }: { readonly sessionId: string }): string | undefined {
  return book.get(sessionId)?.saved.project;
}

/** The work of a command by its type, for arguments that were judged; undefined where this agent does not know it. */
export function workOf(type: string): Work<CommandType> | undefined {
  return isCommandType(type) ? (WORK[type] as unknown as Work<CommandType>) : undefined;
}
