import {
  type CardRow,
  dueCards,
  newestCard,
  newestEventId,
  noticesToTell,
  openCards,
  recordCard,
} from "@hal/store/supervisor";
import type { Kernel } from "../../kernel.ts";
import type { Composer } from "./composer.ts";
import { isDigest } from "./domain/digest-subject.ts";

/** So far apart one card is looked at: people read no faster. */
const LOOK_EVERY_MS = 5_000;
/** So many at a time, so that what is new is not kept waiting. */
const LOOKS_AT_ONCE = 10;
/** Of what rests, or is well, so many are changed still: those to which something happened last. */
const MOST_AT_REST = 50;
/** Behind so many events it is not asked any more to what something happened: to all. */
const MOST_EVENTS = 10_000;
/** What is to be told is told by then, unless it waits for something. */
const TOLD_SOON_MS = 30_000;

interface Look {
  /** when it was, by the monotonic clock */
  readonly at: number;
  /** its card shows that its subject rests, or is well */
  readonly isAtRest: boolean;
}

/** What is known of what rests at a target. */
interface Heard {
  /** the newest event that was looked at */
  readonly upTo: number;
  /** when that was, by the monotonic clock */
  readonly at: number;
  /** to what of it something happened that its card may not show yet */
  readonly touched: Set<string>;
}

type LookContext = Pick<Kernel, "store" | "clock">;

/**
 * Finds out which cards are looked at next. What its card shows as resting, or well, is looked at where something happened to it, and all
 * else again and again, since time alone changes what is shown. It knows only what was looked at: after a restart all is.
 */
export class CardLooks {
  readonly #context: LookContext;
  readonly #looks = new Map<string, Look>();
  readonly #heard = new Map<string, Heard>();

  constructor(context: LookContext) {
    this.#context = context;
  }

  /** Cards of a target that are looked at now, in this order: those first that were not for the longest time. */
  async next(target: string, composer: Pick<Composer, "touched">): Promise<readonly CardRow[]> {
    const { store, clock } = this.#context;
    const open = openCards(store, target).filter(({ postedId, subject }) => postedId !== null && !isDigest(subject));
    const atRest = open.filter(({ id }) => this.#looks.get(id)?.isAtRest === true);
    const touched = await this.#touched(target, atRest, composer);
    const still = new Set(atRest.filter(({ subject }) => !touched.has(subject)).map(({ id }) => id));
    await this.#letRest([...still]);
    // what is to be told soon of what happened after a rest has a card of its own, and that comes first
    const now = clock.now();
    const told = new Set(
      noticesToTell(store, target, now)
        .filter(({ createdAt }) => Math.abs(now - createdAt) < TOLD_SOON_MS)
        .map(({ subject }) => subject),
    );
    const since = clock.monotonic() - LOOK_EVERY_MS;
    const due = open.filter(
      ({ id, subject, overUpTo }) =>
        !still.has(id) && this.#lookedAt(id) <= since && !(overUpTo !== null && told.has(subject)),
    );
    const older = dueCards(store, target).filter(({ subject }) => newestCard(store, target, subject)?.postedId != null);
    const inOrder = due.toSorted((one, other) => this.#lookedAt(one.id) - this.#lookedAt(other.id));
    return [...older, ...inOrder].slice(0, LOOKS_AT_ONCE);
  }

  /** One is being looked at; it counts as not at rest until it was. */
  begin({ id }: CardRow): void {
    this.#looks.set(id, { at: this.#context.clock.monotonic(), isAtRest: false });
  }

  /** And shows by now what was seen. */
  done({ id, target, subject, closedAt }: CardRow, isAtRest: boolean): void {
    if (closedAt !== null) {
      this.#looks.delete(id);
      return;
    }
    this.#heard.get(target)?.touched.delete(subject);
    this.#looks.set(id, { at: this.#lookedAt(id), isAtRest });
  }

  /** It is looked at with the next look, however short ago that was. */
  soon(id: string): void {
    this.#looks.delete(id);
  }

  #lookedAt(id: string): number {
    return this.#looks.get(id)?.at ?? -Infinity;
  }

  async #happened(
    subjects: ReadonlySet<string>,
    after: number,
    upTo: number,
    composer: Pick<Composer, "touched">,
  ): Promise<Set<string>> {
    if (upTo === after || subjects.size === 0) return new Set();
    return upTo - after > MOST_EVENTS ? new Set(subjects) : composer.touched(subjects, after, upTo);
  }

  /** Cards that show a rest stay as they are where there are too many. */
  async #letRest(ids: readonly string[]): Promise<void> {
    const { store, clock } = this.#context;
    const oldest = ids.toSorted((one, other) => this.#lookedAt(one) - this.#lookedAt(other));
    for (const id of oldest.slice(0, Math.max(0, ids.length - MOST_AT_REST))) {
      this.#looks.delete(id);
      await recordCard(store, id, { closedAt: clock.now() });
    }
  }

  async #touched(
    target: string,
    atRest: readonly CardRow[],
    composer: Pick<Composer, "touched">,
  ): Promise<ReadonlySet<string>> {
    const { store, clock } = this.#context;
    const at = clock.monotonic();
    const known = this.#heard.get(target);
    if (known !== undefined && at < known.at + LOOK_EVERY_MS) return known.touched;
    const upTo = await newestEventId(store);
    const subjects = new Set(atRest.map(({ subject }) => subject));
    const after = known?.upTo ?? upTo;
    const touched = await this.#happened(subjects, after, upTo, composer);
    for (const subject of known?.touched ?? []) if (subjects.has(subject)) touched.add(subject);
    this.#heard.set(target, { upTo, at, touched });
    return touched;
  }
}
