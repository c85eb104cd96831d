import {
  type CommandFrame,
  COMMANDS,
  type CommandType,
  describeIssue,
  errorBodyOf,
  HalError,
  isCommandType,
} from "@hal/protocol";
import {
  beginExecution,
  executionById,
  type ExecutionRow,
  finishExecution,
  type Outcome,
  tellOutcomeAgain,
  unfinishedExecutions,
} from "@hal/store/agent";
import * as v from "valibot";
import type { Context } from "../context.ts";
import { HANDLERS, RECOVERIES } from "./commands/index.ts";
import { Lanes } from "./lanes.ts";

/** How long a command waits for an opencode that is on its way. */
const OPENCODE_MS = 30_000;

/** Runs commands beside the read loop, those of one session that must not overtake each other in one lane. */
export class CommandRunner {
  readonly #context: Context;
  readonly #lanes = new Lanes();
  readonly #waiting = new Map<string, AbortController>();
  readonly #running = new Set<Promise<void>>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** Takes a command; what is known already is not begun again (protocol §5.2). */
  async take(frame: CommandFrame): Promise<void> {
    const known = await executionById(this.#context.store, frame.id);
    if (known !== undefined) {
      await tellOutcomeAgain(this.#context.store, known, this.#context.clock.now());
      this.#context.book.onWritten();
      return;
    }
    if (this.#waiting.has(frame.id)) return;
    const cancelling = new AbortController();
    this.#waiting.set(frame.id, cancelling);
    const work = this.#lanes.run(laneOf(frame), async () => {
      await this.#awaitOpencode(frame, cancelling.signal);
      this.#waiting.delete(frame.id);
      if (!this.#context.stopping.aborted) await this.#run(frame, cancelling.signal.aborted);
    });
    this.#own(work, frame.id);
  }

  get isBusy(): boolean {
    return this.#running.size > 0;
  }

  /** An opencode that is on its way is no reason to fail: the command waits, not begun, and may be cancelled. */
  async #awaitOpencode(frame: CommandFrame, cancelled: AbortSignal): Promise<void> {
    if (frame.command === "node.status") return;
    const limit = AbortSignal.timeout(Math.min(OPENCODE_MS, Math.max(0, Math.round(frame.remainingMs))));
    await this.#context.opencode.waitComing(AbortSignal.any([limit, cancelled, this.#context.stopping]));
  }

  /** Cancels a command that has not begun. */
  cancel(id: string): void {
    this.#waiting.get(id)?.abort();
  }

  /** Looks up what became of commands that an earlier run left unfinished. */
  async recover(): Promise<void> {
    for (const row of await unfinishedExecutions(this.#context.store))
      if (!this.#waiting.has(row.commandId)) this.#own(this.#recover(row), row.commandId);
  }

  /** Waits for what is running. */
  async drain(): Promise<void> {
    await Promise.all(this.#running);
  }

  #own(work: Promise<void>, command: string): void {
    const owned = work
      .catch((error: unknown) => this.#context.log.error({ error, command }, "the command's outcome could not be kept"))
      .finally(() => this.#running.delete(owned));
    this.#running.add(owned);
  }

  async #run(frame: CommandFrame, cancelled: boolean): Promise<void> {
    const { store, clock } = this.#context;
    const command = { commandId: frame.id, type: frame.command, args: frame.args };
    if (!(await beginExecution(store, command, clock.now()))) return;
    this.#context.book.onWritten();
    const outcome: Outcome = cancelled
      ? { state: "cancelled" }
      : await this.#outcomeOf(frame.id, () => this.#handle(frame));
    await this.#finish(frame.id, outcome);
  }

  async #recover(row: ExecutionRow): Promise<void> {
    const lookUp = isCommandType(row.type) ? RECOVERIES[row.type] : undefined;
    const outcome = await this.#outcomeOf(row.commandId, () => {
      if (lookUp === undefined) throw interrupted();
      return lookUp(this.#context, row);
    });
    await this.#finish(row.commandId, outcome);
  }

  async #handle(frame: CommandFrame): Promise<unknown> {
    if (!isCommandType(frame.command))
      throw new HalError("bad_request", `this agent does not know the command ${frame.command}; upgrade it`);
    const type: CommandType = frame.command;
    const args = v.safeParse(COMMANDS[type].args, frame.args);
    if (!args.success) throw new HalError("bad_request", args.issues.map(describeIssue).join("; "));
    return HANDLERS[type](this.#context, args.output as never, frame.id);
  }

  async #outcomeOf(command: string, work: () => Promise<unknown>): Promise<Outcome> {
    try {
      return { state: "succeeded", output: await work() };
    } catch (error) {
      if (!(error instanceof HalError)) this.#context.log.error({ error, command }, "command failed");
      return { state: "failed", error: errorBodyOf(error) };
    }
  }

  async #finish(id: string, outcome: Outcome): Promise<void> {
    await finishExecution(this.#context.store, id, outcome, this.#context.clock.now());
    this.#context.log.info({ command: id, outcome: outcome.state }, "command finished");
    this.#context.book.onWritten();
  }
}

/** Prompts of one session keep their order; everything else, aborts above all, waits for nothing. */
function laneOf(frame: CommandFrame): string {
  const { sessionId } = (frame.args ?? {}) as { readonly sessionId?: unknown };
  return frame.command === "session.prompt" && typeof sessionId === "string" ? sessionId : frame.id;
}

function interrupted(): HalError {
  return new HalError(
    "interrupted",
    "the agent ended while it was at this command, and what came of it cannot be known",
  );
}
