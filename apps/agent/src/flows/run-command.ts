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
  describeStorageProblem,
  executionById,
  type ExecutionRow,
  finishExecution,
  forgottenBefore,
  isStorageProblem,
  type Outcome,
  tellOutcomeAgain,
  tellStale,
  unfinishedExecutions,
} from "@hal/store/agent";
import { inSpan, sleep } from "@hal/daemon";
import * as v from "valibot";
import type { Context } from "../context.ts";
import { HANDLERS, RECOVERIES } from "./commands/index.ts";
import { Lanes } from "@hal/daemon";
import { beginRun, noteOutcome } from "./trace-run.ts";
import { untilKept } from "./until-kept.ts";

/** How long a command waits for an opencode that is on its way. */
const OPENCODE_MS = 30_000;

const LOOK_UP_AGAIN_MS = 500;

/** Runs commands beside the read loop, those of one session that must not overtake each other in one lane. */
export class CommandRunner {
  readonly #context: Context;
  readonly #lanes = new Lanes();
  readonly #waiting = new Map<string, AbortController>();
  readonly #running = new Set<Promise<void>>();
  /** what an earlier run left unfinished */
  #left: readonly ExecutionRow[] = [];
  #taking = 0;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Finds what an earlier run left unfinished; before anything is taken, so that nothing of this run is among it. */
  async load(): Promise<void> {
    this.#left = await unfinishedExecutions(this.#context.store);
  }

  /** Takes a command; what is known already is not begun again (protocol §5.2). */
  async take(frame: CommandFrame): Promise<void> {
    this.#taking += 1;
    try {
      if (await this.#isKnown(frame.id)) this.#context.book.onWritten();
      else if (!this.#waiting.has(frame.id)) this.#queue(frame);
    } finally {
      this.#taking -= 1;
    }
  }

  /** Whether this agent knows the command, or is not to begin it because it may have forgotten it; then its outcome is told. */
  async #isKnown(id: string): Promise<boolean> {
    const { store, clock } = this.#context;
    const known = await executionById(store, id);
    if (known === undefined && id >= (await forgottenBefore(store))) return false;
    await untilKept(this.#context, () =>
      known === undefined ? tellStale(store, id, clock.now()) : tellOutcomeAgain(store, known, clock.now()),
    );
    return true;
  }

  #queue(frame: CommandFrame): void {
    const cancelling = new AbortController();
    this.#waiting.set(frame.id, cancelling);
    const span = beginRun(this.#context, frame);
    const work = this.#lanes.run(laneOf(frame), () =>
      inSpan(span, async () => {
        try {
          await this.#awaitOpencode(frame, cancelling.signal);
          if (this.#context.stopping.aborted || !(await this.#begin(frame))) return;
        } finally {
          this.#waiting.delete(frame.id);
        }
        span?.event("begun");
        await this.#run(frame, cancelling.signal.aborted);
      }),
    );
    this.#own(
      work.finally(() => span?.end()),
      frame.id,
    );
  }

  get isBusy(): boolean {
    return this.#taking > 0 || this.#running.size > 0;
  }

  /**
   * An opencode that is on its way is no reason to fail: the command waits, not begun, and may be cancelled. It waits for
   * the comparison, too, so that a kill knows of each child, and what is told comes in its order.
   */
  async #awaitOpencode(frame: CommandFrame, cancelled: AbortSignal): Promise<void> {
    if (frame.command === "node.status") return;
    const { followed, opencode, stopping } = this.#context;
    const limit = AbortSignal.timeout(Math.min(OPENCODE_MS, Math.max(0, Math.round(frame.remainingMs))));
    const signal = AbortSignal.any([limit, cancelled, stopping]);
    await opencode.waitComing(signal);
    if (opencode.report().state === "up") await followed.wait(signal);
  }

  /** Cancels a command that has not begun. */
  cancel(id: string): void {
    this.#waiting.get(id)?.abort();
  }

  /** Looks up what became of commands that an earlier run left unfinished. */
  async recover(): Promise<void> {
    const left = this.#left;
    this.#left = [];
    for (const row of left) this.#own(this.#recover(row), row.commandId);
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

  /** False where it was begun before. */
  async #begin(frame: CommandFrame): Promise<boolean> {
    const { store, clock } = this.#context;
    const command = { commandId: frame.id, type: frame.command, args: frame.args };
    const begins = await untilKept(this.#context, () => beginExecution(store, command, clock.now()));
    if (begins) this.#context.book.onWritten();
    return begins;
  }

  async #run(frame: CommandFrame, cancelled: boolean): Promise<void> {
    const outcome: Outcome = cancelled
      ? { state: "cancelled" }
      : await this.#outcomeOf(frame.id, () => this.#handle(frame));
    await this.#finish(frame.id, outcome);
  }

  async #recover(row: ExecutionRow): Promise<void> {
    const { opencode, stopping } = this.#context;
    const lookUp = isCommandType(row.type) ? RECOVERIES[row.type] : undefined;
    while (!stopping.aborted) {
      const outcome = await this.#outcomeOf(row.commandId, () => {
        if (lookUp === undefined) throw interrupted();
        return lookUp(this.#context, row);
      });
      // an opencode that ended meanwhile has told nothing: the next one is asked
      if (outcome.state !== "failed" || outcome.error.code !== "opencode_unavailable")
        return this.#finish(row.commandId, outcome);
      await sleep(LOOK_UP_AGAIN_MS, stopping);
      await opencode.waitUp(stopping);
    }
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
      const known = isStorageProblem(error)
        ? new HalError("unavailable", `on the node, ${describeStorageProblem(error.code)}`)
        : error;
      return { state: "failed", error: errorBodyOf(known) };
    }
  }

  async #finish(id: string, outcome: Outcome): Promise<void> {
    const finishedAt = this.#context.clock.now();
    await untilKept(this.#context, () => finishExecution(this.#context.store, id, outcome, finishedAt));
    noteOutcome(outcome);
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
