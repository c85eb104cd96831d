import { backoffMs, errorText, sleep } from "@hal/daemon";
import { HalError } from "@hal/protocol";
import { entryOf } from "@hal/protocol/text";
import { describeStorageProblem, isStorageProblem, recordBudgetStop } from "@hal/store/agent";
import type { Context } from "../../context.ts";
import { type Reached, reachedText, type Spender, spendersOf, type Working } from "../leases/domain/judge.ts";
import { isAtWork, isOver } from "../sessions/domain/turn.ts";
import { actingOn, treeOf } from "./handlers/end-session.ts";
import { rejectRequests } from "./handlers/reject-requests.ts";

/** A look that nobody asked for costs time, and never a session that spends on and on. */
const LOOK_MS = 1_000;

/** So far apart opencode is asked again whether what was stopped rests. */
const AGAIN = { baseMs: 50, maxMs: 2_000 };

/**
 * Stops root sessions, with all below them, that are at work although all is spent that may be: whoever began their turns,
 * and whether the supervisor is there or not.
 *
 * What holds here:
 *
 * - L1 That a session is stopped is on the disk before it is, and told once for each ceiling.
 * - L2 A session is aborted until opencode says that it rests. An agent that ended before that finds it at work, and stops it.
 * - L3 What critical projects do is told, and goes on.
 */
export class StopSpenders {
  readonly #context: Context;
  readonly #critical: ReadonlySet<string | undefined>;
  readonly #stopping = new Map<string, Promise<void>>();
  /** what need not be asked of the disk whether it was told */
  readonly #told = new Map<string, string>();

  constructor(context: Context, projects: readonly { readonly name: string; readonly critical: boolean }[]) {
    this.#context = context;
    this.#critical = new Set(projects.flatMap(({ name, critical }) => (critical ? [name] : [])));
  }

  /** Looks whenever something is spent, begins or is said, and now and then, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { book, leases, spending } = this.#context;
    const look = (): void => this.look();
    const unlisten = [spending.listen(look), book.listen(({ type }) => BEGINNINGS.has(type) && look())];
    leases.onChange = look;
    while (!signal.aborted) {
      this.look();
      await sleep(LOOK_MS, signal);
    }
    for (const one of unlisten) one();
    leases.onChange = () => undefined;
    await Promise.all(this.#stopping.values());
  }

  /** Stops who spends more than may be spent; returns at once. */
  look(): void {
    const { book, followed, leases, log, spending } = this.#context;
    const { brief } = leases;
    if (brief?.leases.some(({ action }) => action === "stop") !== true || !followed.is) return;
    const working = atWork(this.#context);
    if (working.length === 0) return;
    for (const spender of spendersOf(brief, spending.now(working.map(({ root }) => root)), working)) {
      const { root, project } = spender;
      if (this.#stopping.has(root)) continue;
      const isCritical = this.#critical.has(project);
      const told = this.#tell(spender, isCritical).catch((error: unknown) => {
        log.error(
          { error: storageText(error), session: root },
          "that a session is stopped could not be kept; it is told later",
        );
      });
      if (isCritical) continue; // L3
      const stopped = told
        .then(() => this.#stop(spender))
        .catch((error: unknown) =>
          log.error({ error, session: root }, "a session could not be stopped; it is tried again"),
        )
        .finally(() => {
          this.#stopping.delete(root);
          if (book.get(root) !== undefined) this.look();
        });
      this.#stopping.set(root, stopped);
    }
  }

  // L1
  async #tell({ root, project, reached }: Spender, critical: boolean): Promise<void> {
    const { clock, leases, log, store } = this.#context;
    const life = leases.brief?.counters ?? "";
    for (const one of reached) {
      const { budgetId, budget, ceilingMicroUsd } = one.lease;
      const at = `${life}/${ceilingMicroUsd}`;
      const key = `${root}/${budgetId}`;
      if (this.#told.get(key) === at) continue;
      const isNews = await recordBudgetStop(store, {
        sessionId: root,
        budgetId,
        at,
        event: {
          type: "budget.stopped",
          at: clock.now(),
          sourceKey: `${root}/budget/${budgetId}/${at}`,
          session: root,
          ...(project === undefined ? {} : { project }),
          data: { budgetId, budget, reason: reasonOf(one, critical), ...(critical ? { critical } : {}) },
        },
      });
      this.#told.set(key, at);
      if (isNews) log.warn({ session: root, project, budget, critical }, reasonOf(one, critical));
    }
  }

  // L2
  async #stop({ root, reached }: Spender): Promise<void> {
    const { log, opencode, stopping } = this.#context;
    const [first] = reached;
    const reason = first === undefined ? "" : reasonOf(first, false);
    for (let tries = 0; !stopping.aborted; tries += 1) {
      await opencode.waitUp(stopping);
      if (stopping.aborted) return;
      try {
        if (await this.#round(root, reason)) return;
      } catch (error) {
        if (!(error instanceof HalError)) throw error;
        log.warn({ session: root, problem: errorText(error) }, "opencode did not stop a session; it is asked again");
      }
      await sleep(backoffMs(tries, AGAIN), stopping);
    }
  }

  /** Aborts all of it at once, so that nothing goes on with what the abort of another one came to; true where all of it rests then. */
  async #round(root: string, reason: string): Promise<boolean> {
    const { book, opencode, places } = this.#context;
    const api = opencode.api();
    await actingOn(this.#context, root, async (tree) => {
      const working = tree.filter(
        ({ id, status, saved: { turn } }) => id === root || isAtWork(status) || (turn !== undefined && !isOver(turn)),
      );
      const requests = working.flatMap(({ id: sessionId, saved: { directory, open } }) =>
        Object.entries(open).map(([id, kind]) => ({ id, kind, sessionId, directory })),
      );
      const directories = new Set(working.flatMap(({ directory }) => directory ?? []));
      await Promise.all([...directories].map((directory) => api.boot(places.real(directory))));
      await Promise.all(
        working.map(async ({ id }) => {
          await api.abort(id);
          book.open(id).aborted();
        }),
      );
      await rejectRequests(this.#context, api, { requests, reason });
      await book.write();
    });
    return this.#rests(root);
  }

  async #rests(root: string): Promise<boolean> {
    const { opencode, places } = this.#context;
    const tree = treeOf(this.#context, root);
    const directories = new Set(
      tree.flatMap(({ directory }) => (directory === undefined ? [] : [places.real(directory)])),
    );
    const statuses = await Promise.all([...directories].map((directory) => opencode.api().statuses(directory)));
    return statuses.every((ofDirectory) =>
      tree.every(({ id }) => (entryOf(ofDirectory, id)?.type ?? "idle") === "idle"),
    );
  }
}

/** What is told when a session may have begun to spend. */
const BEGINNINGS: ReadonlySet<string> = new Set([
  "session.busy",
  "session.retrying",
  "session.waiting",
  "session.message",
]);

/** Root sessions of which a model is asked just now, by what is known of them and of those below them. */
function atWork({ book }: Pick<Context, "book">): Working[] {
  const roots = new Set<string>();
  for (const teller of book.all()) if (teller.managed && teller.spends()) roots.add(book.rootOf(teller.id));
  return [...roots].map((root) => ({ root, project: book.get(root)?.saved.project }));
}

function reasonOf(reached: Reached, critical: boolean): string {
  const so = critical ? "and its turn goes on, since its project is critical" : "so its turn was stopped";
  return `${reachedText(reached)}, ${so}`;
}

function storageText(error: unknown): unknown {
  return isStorageProblem(error) ? describeStorageProblem(error.code) : error;
}
