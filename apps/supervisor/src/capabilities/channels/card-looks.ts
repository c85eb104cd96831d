import { type CardRow, dueCards, newestEventId, noticesToTell, openCards, recordCard } from "@hal/store/supervisor";
import type { Kernel } from "../../kernel.ts";
import type { Composer } from "./composer.ts";
import { isDigest } from "./domain/digest-subject.ts";

/** So far apart one card is looked at: people read no faster. */
const LOOK_EVERY_MS = 5_000;
/** So many at a time, so that what is new is not kept waiting. */
const LOOKS_AT_ONCE = 10;
/** Of what rests, or is well, so many are changed still, the newest ones. */
const MOST_AT_REST = 50;

/** What is known of what rests at a target. */
interface AtRest {
  /** the newest event that was looked at */
  readonly upTo: number;
  /** when that was, by the monotonic clock */
  readonly at: number;
  /** to what of it something happened that its card may not show yet */
  readonly touched: Set<string>;
}

type LookContext = Pick<Kernel, "store" | "clock">;

/**
 * Finds out which cards are looked at next: what rests only where something happened to it. What it knows itself is when each was looked
 * at last, and after a restart all are looked at.
 */
export class CardLooks {
  readonly #context: LookContext;
  readonly #looked = new Map<string, number>();
  readonly #atRest = new Map<string, AtRest>();

  constructor(context: LookContext) {
    this.#context = context;
  }

  /** Cards of a target that are looked at now, in this order. */
  async next(target: string, composer: Pick<Composer, "touched">): Promise<readonly CardRow[]> {
    const { store, clock } = this.#context;
    const open = openCards(store, target).filter(({ postedId, subject }) => postedId !== null && !isDigest(subject));
    const resting = open.filter(({ overUpTo }) => overUpTo !== null);
    await this.#letRest(resting.splice(0, Math.max(0, resting.length - MOST_AT_REST)));
    const touched = await this.#touched(target, resting, composer);
    // what is to be told of it has a card of its own, and that comes first
    const waiting = new Set(noticesToTell(store, target, clock.now()).map(({ subject }) => subject));
    const due = [
      ...open.filter(({ overUpTo }) => overUpTo === null),
      ...resting.filter(({ id, subject }) => (touched.has(subject) || !this.#looked.has(id)) && !waiting.has(subject)),
    ];
    const since = clock.monotonic() - LOOK_EVERY_MS;
    const now = due.filter(({ id }) => (this.#looked.get(id) ?? -Infinity) <= since);
    return [...dueCards(store, target), ...now].slice(0, LOOKS_AT_ONCE);
  }

  /** One is being looked at. */
  begin({ id, target, subject }: CardRow): void {
    this.#looked.set(id, this.#context.clock.monotonic());
    this.#atRest.get(target)?.touched.add(subject);
  }

  /** And shows by now what was seen. */
  done({ target, subject }: CardRow): void {
    this.#atRest.get(target)?.touched.delete(subject);
  }

  /** It is looked at with the next look, however short ago that was. */
  soon(id: string): void {
    this.#looked.delete(id);
  }

  /** What was shown before stays as it was shown last. */
  async #letRest(cards: readonly CardRow[]): Promise<void> {
    const { store, clock } = this.#context;
    for (const { id } of cards) {
      this.#looked.delete(id);
      await recordCard(store, id, { closedAt: clock.now() });
    }
  }

  async #touched(
    target: string,
    resting: readonly CardRow[],
    composer: Pick<Composer, "touched">,
  ): Promise<ReadonlySet<string>> {
    const { store, clock } = this.#context;
    const now = clock.monotonic();
    const known = this.#atRest.get(target);
    if (known !== undefined && now < known.at + LOOK_EVERY_MS) return known.touched;
    const upTo = await newestEventId(store);
    const subjects = new Set(resting.map(({ subject }) => subject));
    const touched = known === undefined ? new Set<string>() : await composer.touched(subjects, known.upTo, upTo);
    for (const subject of known?.touched ?? []) if (subjects.has(subject)) touched.add(subject);
    this.#atRest.set(target, { upTo, at: now, touched });
    return touched;
  }
}
