import { type CommandFrame, isStanding } from "@hal/protocol";
import { type ExecutionRow, unfinishedExecutions } from "@hal/store/agent";
import { inSpan, Lanes } from "@hal/daemon";
import type { Context } from "../../context.ts";
import { workOf } from "./handlers/index.ts";
import { isKnown } from "./known-execution.ts";
import { begin, finish, lookUp, runExecution } from "./run-execution.ts";
import { sessionIn } from "./session-in.ts";
import { beginRun } from "./trace-run.ts";

/** How long a command waits for an opencode that is on its way. */
const OPENCODE_MS = 30_000;

/** A command that has not begun. */
interface Waiting {
  readonly frame: CommandFrame;
  readonly cancelling: AbortController;
  /** false while one before it in its lane is at work */
  hasTurn: boolean;
}

/** Runs commands beside the read loop, those of one session that must not overtake each other in one lane. */
export class CommandRunner {
  readonly #context: Context;
  readonly #lanes = new Lanes();
  readonly #waiting = new Map<string, Waiting>();
  /** standing commands that have no outcome yet */
  readonly #standing = new Map<string, { readonly frame: CommandFrame; readonly done: Promise<void> }>();
  readonly #running = new Set<Promise<void>>();
  /** what an earlier run left unfinished */
  #left: readonly ExecutionRow[] = [];
  /** commands that begin a turn, from when they are taken until they have an outcome */
  readonly #beginning = new Set<string>();
  #taking = 0;
  /** called when `isBeginning` may be another */
  onBeginning: () => void = () => undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Finds what an earlier run left unfinished; before anything is taken, so that nothing of this run is among it. */
  async load(): Promise<void> {
    this.#left = await unfinishedExecutions(this.#context.store);
    for (const { type, commandId } of this.#left) this.#begins(type, commandId);
  }

  /** Takes a command; what is known already is not begun again (protocol §5.2). */
  async take(frame: CommandFrame): Promise<void> {
    this.#taking += 1;
    const isNew = this.#begins(frame.command, frame.id);
    let isQueued = false;
    try {
      const isOld = await isKnown(this.#context, frame.id);
      if (isOld || this.#waiting.has(frame.id)) return;
      this.#queue(frame);
      isQueued = true;
    } finally {
      this.#taking -= 1;
      if (isNew && !isQueued) this.#hasBegun(frame.id);
    }
  }

  /** Marks what begins a turn; false where it does not, or is marked already. */
  #begins(type: string, id: string): boolean {
    if (workOf(type)?.beginsTurn !== true || this.#beginning.has(id)) return false;
    this.#beginning.add(id);
    this.onBeginning();
    return true;
  }

  #hasBegun(id: string): void {
    if (this.#beginning.delete(id)) this.onBeginning();
  }

  /** Whether a command that begins a turn was taken and has no outcome yet; once it has, its session is known to be at work. */
  get isBeginning(): boolean {
    return this.#beginning.size > 0;
  }

  #queue(frame: CommandFrame): void {
    const waiting: Waiting = { frame, cancelling: new AbortController(), hasTurn: false };
    this.#waiting.set(frame.id, waiting);
    const span = beginRun(this.#context, frame);
    const work = this.#lanes.run(laneOf(frame.command, frame.args, frame.id), () =>
      inSpan(span, async () => {
        waiting.hasTurn = true;
        const { signal } = waiting.cancelling;
        try {
          await this.#awaitOpencode(frame, signal);
          await this.#letStandingPass(frame, signal);
          if (this.#context.stopping.aborted || !(await begin(this.#context, frame))) return;
        } finally {
          this.#waiting.delete(frame.id);
        }
        span?.event("begun");
        if (signal.aborted) await finish(this.#context, frame.id, { state: "cancelled" });
        else await runExecution(this.#context, frame);
      }),
    );
    const done = this.#own(
      work.finally(() => span?.end()),
      frame.id,
    );
    if (!isStanding(frame.command)) return;
    this.#standing.set(frame.id, { frame, done });
    void done.finally(() => this.#standing.delete(frame.id));
  }

  get isBusy(): boolean {
    return this.#taking > 0 || this.#running.size > 0;
  }

  /**
   * An opencode that is on its way is no reason to fail: the command waits, not begun, and may be cancelled. It waits for
   * the comparison, too, so that a kill knows of each child, and what is told comes in its order. A standing command waits
   * for as long as it takes.
   */
  async #awaitOpencode(frame: CommandFrame, cancelled: AbortSignal): Promise<void> {
    if (workOf(frame.command)?.needs === "nothing") return;
    const { followed, opencode, stopping } = this.#context;
    const over = AbortSignal.any([cancelled, stopping]);
    if (isStanding(frame.command)) {
      do {
        await opencode.waitUp(over);
        await followed.wait(over);
      } while (!over.aborted && opencode.report().state !== "up");
      return;
    }
    const limit = AbortSignal.timeout(Math.min(OPENCODE_MS, Math.max(0, Math.round(frame.remainingMs))));
    const signal = AbortSignal.any([limit, over]);
    await opencode.waitComing(signal);
    if (opencode.report().state === "up") await followed.wait(signal);
  }

  /** What stops something is done before anything else that is for the same session. */
  async #letStandingPass(frame: CommandFrame, cancelled: AbortSignal): Promise<void> {
    const before = [...this.#standing.values()].filter((one) => concerns(one.frame, frame)).map(({ done }) => done);
    if (before.length === 0 || this.#context.opencode.report().state !== "up") return;
    const over = AbortSignal.any([cancelled, this.#context.stopping]);
    const left = Promise.withResolvers<void>();
    over.addEventListener("abort", () => left.resolve(), { once: true });
    if (!over.aborted) await Promise.race([Promise.all(before), left.promise]);
  }

  /** Cancels a command that has not begun. */
  cancel(id: string): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    waiting.cancelling.abort();
    // whatever is before it in its lane may take long
    if (!waiting.hasTurn) void this.#own(this.#cancelNow(waiting.frame), id);
  }

  async #cancelNow(frame: CommandFrame): Promise<void> {
    if (await begin(this.#context, frame)) await finish(this.#context, frame.id, { state: "cancelled" });
  }

  /** Looks up what became of commands that an earlier run left unfinished. */
  async recover(): Promise<void> {
    const left = this.#left;
    this.#left = [];
    for (const row of left) {
      const lane = laneOf(row.type, row.args, row.commandId);
      void this.#own(
        this.#lanes.run(lane, () => lookUp(this.#context, row, "the agent ended while it was at this command")),
        row.commandId,
      );
    }
  }

  /** Waits for what is running. */
  async drain(): Promise<void> {
    await Promise.all(this.#running);
  }

  #own(work: Promise<void>, command: string): Promise<void> {
    const owned = work
      .catch((error: unknown) => this.#context.log.error({ error, command }, "the command's outcome could not be kept"))
      .finally(() => {
        this.#running.delete(owned);
        this.#hasBegun(command);
      });
    this.#running.add(owned);
    return owned;
  }
}

function laneOf(type: string, args: unknown, id: string): string {
  return workOf(type)?.lane?.(args) ?? id;
}

/** Whether something that stops is for what another command would begin. */
function concerns(standing: CommandFrame, other: CommandFrame): boolean {
  if (workOf(other.command)?.beginsTurn !== true) return false;
  const sessionId = sessionIn(standing.args);
  return sessionId === undefined || sessionId === sessionIn(other.args);
}
