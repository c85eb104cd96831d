import { encodeFrame, MOST_COUNTED, SessionId, Word } from "@hal/protocol";
import { type Counters, countersAtTheirPlace, readCounters } from "@hal/store/agent";
import * as v from "valibot";
import type { CommandRunner } from "../capabilities/commands/run-command.ts";
import { isHalfGone } from "../capabilities/leases/domain/judge.ts";
import { isAtWork } from "../capabilities/sessions/domain/turn.ts";
import type { Context } from "../context.ts";

/** So far apart it is said at least that a counter grew. */
const SAY_EVERY_MS = 200;

type Beginning = Pick<CommandRunner, "isBeginning" | "onBeginning">;

/**
 * Says what this node has spent, at exactly a place of the outbox, and who is at work: when any of that changes, a few times
 * a second at most, and at once when half of what was left is gone (protocol §5.23).
 */
export class SpentSender {
  readonly #context: Context;
  readonly #runner: Beginning;
  readonly #send: (text: string) => void;
  readonly #unlisten: readonly (() => void)[];
  #said: { readonly text: string; readonly counters: Counters; readonly at: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  /** Listens until it is stopped. */
  constructor(context: Context, runner: Beginning, send: (text: string) => void) {
    this.#context = context;
    this.#runner = runner;
    this.#send = send;
    const changed = (): void => this.#changed();
    this.#unlisten = [context.spending.listen(() => this.#spent()), context.book.listen(changed)];
    runner.onBeginning = changed;
  }

  /** Says it at once, also where it is what was said last. */
  now(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#said = undefined;
    this.#say();
  }

  /** Something was spent. */
  #spent(): void {
    const { leases, store } = this.#context;
    const { brief } = leases;
    const { counters } = this.#said ?? {};
    if (brief !== undefined && counters !== undefined && brief.leases.length > 0)
      if (isHalfGone(brief, counters, readCounters(store, counters.sessions.keys()))) return this.#say();
    this.#changed();
  }

  /** Something of what it says may have changed. */
  #changed(): void {
    if (this.#isStopped || this.#timer !== undefined) return;
    const since = this.#context.clock.monotonic() - (this.#said?.at ?? Number.NEGATIVE_INFINITY);
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#say();
      },
      Math.max(0, SAY_EVERY_MS - since),
    );
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    for (const unlisten of this.#unlisten) unlisten();
    this.#runner.onBeginning = () => undefined;
  }

  #say(): void {
    this.#sayNow().catch((error: unknown) =>
      this.#context.log.error({ error }, "what was spent could not be read; it is said later"),
    );
  }

  async #sayNow(): Promise<void> {
    const { clock, leases, store } = this.#context;
    const atWork = this.#atWork();
    const named = leases.brief?.leases.flatMap(({ scope }) => (scope.kind === "session" ? [scope.session] : [])) ?? [];
    const roots = new Set([...atWork, ...named].slice(0, MOST_COUNTED));
    const { place, counters } = await countersAtTheirPlace(store, roots);
    if (this.#isStopped) return;
    const spent = {
      counters: counters.life,
      nodeMicroUsd: microUsdOf(counters.node),
      projects: listOf(counters.projects),
      sessions: listOf(counters.sessions),
      atWork,
      isBeginning: this.#runner.isBeginning,
      version: leases.savedVersion,
    };
    const text = JSON.stringify(spent);
    if (text === this.#said?.text) return;
    this.#said = { text, counters, at: clock.monotonic() };
    this.#send(encodeFrame({ type: "spent", epoch: place.epoch, seq: place.lastSeq, ...spent }));
  }

  /** Root sessions at work, and those of which something was spent that is yet to be told, also where they have ended. */
  #atWork(): string[] {
    const { book, spending } = this.#context;
    const { untold } = spending;
    const roots = new Set<string>();
    for (const { id, managed, status } of book.all())
      if (managed && (isAtWork(status) || untold.has(id))) roots.add(book.rootOf(id));
    return [...roots].filter((id) => v.is(SessionId, id)).slice(0, MOST_COUNTED);
  }
}

/** Never more than was counted. */
function microUsdOf(nanoUsd: number): number {
  return Math.floor(nanoUsd / 1_000);
}

function listOf(counters: ReadonlyMap<string, number>) {
  const all = [...counters].map(([id, nanoUsd]) => ({ id, microUsd: microUsdOf(nanoUsd) }));
  return all.filter(({ id }) => v.is(Word, id)).slice(0, MOST_COUNTED);
}
