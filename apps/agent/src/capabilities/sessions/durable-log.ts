import { errorText } from "@hal/daemon";
import type { BackEnd } from "../../back-end.ts";
import type { Context } from "../../context.ts";
import type { DirectoryProblem } from "../projects/domain/directory-problems.ts";
import { isAnswerless } from "../projects/per-directory.ts";

/** A failure that took so long would hold up the next comparison, too: the log is asked for beside it. */
const HOLDS_UP_MS = 2_000;
/** So far apart it is asked for then. */
const ASK_AGAIN_MS = 5_000;

const READ_AGAIN = "opencode's durable log can be read again";

/** Why nothing is known for sure of messages that nobody heard. */
const NO_LOG = {
  snapshot: (name: string) => `${name} says messages only as they are now, and keeps no log of what became of them`,
  none: (name: string) => `${name} keeps no log of what sessions did`,
};

/** Why a run of opencode does not say its log, and whether asking for it takes so long that nothing may wait for that. */
interface Failure extends DirectoryProblem {
  readonly run: string;
  readonly holdsUp: boolean;
}

/**
 * opencode's durable log, of all sessions. One that it cannot say keeps nobody from comparing the rest: it is a problem,
 * and rows are left out until it is said again (protocol §4.4). A failure that came quickly, such as a connection that broke, is
 * over with the next comparison; one that took its time is looked for beside that.
 */
export class DurableLog {
  #problem: Failure | undefined;
  #isAsked = false;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** called when the log cannot be read, for whatever reason, or can be read again */
  onChange: () => void = () => undefined;

  /** Why rows may be missing, and since when. */
  get problem(): DirectoryProblem | undefined {
    return this.#problem;
  }

  /** Reads what was not read yet, and says whether it could. Throws where opencode as a whole does not answer. */
  async read(context: Context, api: BackEnd, work = foldHistory): Promise<boolean> {
    const { history } = api.abilities;
    if (history !== "log") {
      this.#note({
        reason: NO_LOG[history](api.name),
        since: this.#problem?.since ?? context.clock.now(),
        run: api.run,
        holdsUp: false,
      });
      return false;
    }
    if (this.#problem?.run === api.run && this.#problem.holdsUp) {
      this.#askBeside(context, api);
      return false;
    }
    const { clock, log } = context;
    const beganAt = clock.monotonic();
    try {
      await work(context, api);
      if (this.#problem !== undefined) log.info(READ_AGAIN);
      this.#note(undefined);
      return true;
    } catch (error) {
      const holdsUp = clock.monotonic() - beganAt >= HOLDS_UP_MS;
      if (!isAnswerless(error) || !(await api.answers())) throw error;
      const { message: reason } = error;
      if (this.#problem?.reason !== reason)
        log.warn({ problem: reason }, "opencode's durable log cannot be read; comparing the rest");
      this.#askedAt = clock.monotonic();
      this.#note({ reason, since: this.#problem?.since ?? clock.now(), run: api.run, holdsUp });
      return false;
    }
  }

  /** One that never answers holds up nothing; when it does, everything is compared. */
  #askBeside(context: Context, api: BackEnd): void {
    const { clock } = context;
    if (this.#isAsked || clock.monotonic() - this.#askedAt < ASK_AGAIN_MS) return;
    this.#isAsked = true;
    this.#askOnce(context, api)
      // it is asked again
      .catch((error: unknown) => context.log.debug({ problem: errorText(error) }, "the durable log cannot be read yet"))
      .finally(() => {
        this.#isAsked = false;
        this.#askedAt = clock.monotonic();
      });
  }

  async #askOnce(context: Context, api: BackEnd): Promise<void> {
    await api.history(readUpTo(context));
    context.log.info(READ_AGAIN);
    this.#note(undefined);
    context.followed.onDoubt();
  }

  #note(problem: Failure | undefined): void {
    const before = this.#problem?.reason;
    this.#problem = problem;
    if (problem?.reason !== before) this.onChange();
  }
}

/** Reads the rows that were not folded yet, of all sessions, known and new, but for those whose rows somebody else tells, if any. */
export async function foldHistory(
  context: Context,
  api: BackEnd,
  besides?: () => Promise<ReadonlySet<string>>,
): Promise<void> {
  const rows = await api.history(readUpTo(context));
  const left = await besides?.();
  const heardAt = context.clock.now();
  for (const row of rows.toSorted((a, b) => a.seq - b.seq))
    if (left?.has(row.sessionId) !== true) context.book.open(row.sessionId).row(row, heardAt);
  for (const teller of context.book.all()) if (teller.hasUnsettled) context.book.open(teller.id).settle();
}

function readUpTo({ book }: Context): Record<string, number> {
  return Object.fromEntries([...book.all()].map((teller) => [teller.id, teller.readUpTo]));
}
