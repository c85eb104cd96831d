import {
  bindNotices,
  type CardRow,
  cardsById,
  hasToTell,
  type NoticeRow,
  noticesById,
  noticesOfCard,
  noticesToTell,
  openCardOf,
  openCards,
  recordCard,
  subjectsToldSince,
  tells,
  type WaitingRow,
} from "@hal/store/supervisor";
import type { Kernel } from "../../kernel.ts";
import { isQuiet } from "../policies/domain/quiet-hours.ts";
import type { Cards } from "./cards.ts";
import type { Target } from "./channel-book.ts";
import type { Composer, Standing } from "./composer.ts";
import { digestIn, digestSubject } from "./domain/digest-subject.ts";
import { type Digest, DIGESTS, planTelling, STORM_MS, type TellingPlan, type ToTell } from "./domain/plan-telling.ts";
import type { Volume } from "./volume.ts";

/** So many are told before it is looked again at what waits. */
const AT_ONCE = 20;
/** So many are put into one message at a time, and the others with its next change. */
const MOST_TOGETHER = 2_000;
/** So far apart one message that grows is changed. */
const GROWS_EVERY_MS = 5_000;

/** What is kept of notices that were told. */
export interface Told {
  readonly state: "sent" | "digested";
  readonly cardId: string;
}

/** Notices that are told by one message. */
export interface Step {
  readonly notices: readonly NoticeRow[];
  /** Returns what is kept of them, and which others that message told `also`. Throws DeliveryError. */
  readonly tell: (signal: AbortSignal) => Promise<(Told & { readonly also?: readonly NoticeRow[] }) | void>;
}

type TellerContext = Pick<Kernel, "store" | "clock" | "startedAt"> & {
  readonly volumeOf: (target: string) => Volume | undefined;
};

/** Finds out what a target for people is told next. It knows nothing itself but when a message grew last. */
export class PeopleTeller {
  readonly #context: TellerContext;
  readonly #cards: Cards;
  readonly #grew = new Map<string, number>();
  /** since when something of a subject waits, by its target; what waited before this process did so for long enough */
  readonly #waits = new Map<string, ReadonlyMap<string, number>>();

  constructor(context: TellerContext, cards: Cards) {
    this.#context = context;
    this.#cards = cards;
  }

  /** What is told now, in this order; nothing where all that waits is to wait. */
  async stepsFor(target: Target, composer: Composer): Promise<readonly Step[]> {
    const { plan, rows } = await this.#plan(target.name, composer);
    const together = DIGESTS.flatMap((kind) =>
      this.#stepTogether(target, composer, { kind, ids: plan.together[kind] }),
    );
    const isAlone = new Set(plan.alone);
    const unbound = rows.filter(({ id, cardId }) => cardId === null && isAlone.has(id));
    const bySubject = Map.groupBy(unbound, ({ subject }) => subject);
    const alone = noticesById(this.#context.store, plan.alone.slice(0, AT_ONCE));
    const single = alone.map((notice): Step => {
      const others = (bySubject.get(notice.subject) ?? []).filter(({ id }) => id !== notice.id);
      const rest = alone.filter(({ id }) => others.some((other) => other.id === id));
      return {
        notices: [notice],
        tell: (signal) => this.#tellAlone(target, composer, { notice, others, rest }, signal),
      };
    });
    await this.#closeDigests(target.name, plan);
    return [...single, ...together];
  }

  /** Tells a notice, and with it those that its card says, too, as it is posted. */
  async #tellAlone(
    target: Target,
    composer: Composer,
    told: { readonly notice: NoticeRow; readonly others: readonly WaitingRow[]; readonly rest: readonly NoticeRow[] },
    signal: AbortSignal,
  ): Promise<Told & { readonly also: readonly NoticeRow[] }> {
    const { cardId, title } = await this.#cards.tell(target, composer, told, signal);
    const also = told.rest.filter((other) => composer.line(other).title === title);
    this.#cards.toldToo(also);
    return { state: "sent", cardId, also };
  }

  async #plan(
    target: string,
    composer: Composer,
  ): Promise<{ readonly plan: TellingPlan; readonly rows: readonly WaitingRow[] }> {
    const { store, clock, volumeOf } = this.#context;
    const now = clock.now();
    const hours = volumeOf(target)?.hours;
    const rows = noticesToTell(store, target, now);
    const told = subjectsToldSince(store, target, now - STORM_MS);
    const isNight = ({ createdAt }: WaitingRow): boolean => hours !== undefined && isQuiet(hours, createdAt);
    const standings = new Map<string, Promise<Standing>>();
    const standing = (subject: string): Promise<Standing> => {
      const known = standings.get(subject) ?? composer.standing(subject);
      standings.set(subject, known);
      return known;
    };
    const bound = cardsById(store, [...new Set(rows.flatMap(({ cardId }) => cardId ?? []))]);
    const shown = new Map(openCards(store, target).map((card) => [card.subject, card]));
    const waitedMs = this.#waitedMs(target, rows);
    const waiting: ToTell[] = [];
    for (const row of rows) {
      const { id, subject, eventId, createdAt, isUrgent } = row;
      const card = row.cardId === null ? undefined : bound.get(row.cardId);
      const open = shown.get(subject);
      const digest = card === undefined || card.closedAt !== null ? undefined : digestIn(card.subject);
      waiting.push({
        id,
        subject,
        createdAt,
        waitedMs: waitedMs(row),
        isUrgent,
        digest,
        isThreaded: isThreaded(card, digest) || (open !== undefined && open.postedId !== null && tells(open, eventId)),
        isAsking: row.type === "interaction.asked" && (await standing(subject)) === "asks",
        isOver: isNight(row) && (await standing(subject)) === "over",
      });
    }
    return { plan: planTelling(waiting, { now, hours, told }), rows };
  }

  #waitedMs(target: string, rows: readonly WaitingRow[]): (row: WaitingRow) => number {
    const { clock, startedAt } = this.#context;
    const now = clock.monotonic();
    const before = this.#waits.get(target);
    const since = new Map(rows.map(({ subject }) => [subject, before?.get(subject) ?? now]));
    this.#waits.set(target, since);
    return ({ subject, createdAt }) => (createdAt < startedAt ? Infinity : now - (since.get(subject) ?? now));
  }

  #stepTogether(
    target: Target,
    composer: Composer,
    { kind, ids }: { readonly kind: Digest; readonly ids: readonly string[] },
  ): readonly Step[] {
    if (ids.length === 0) return [];
    const { store, clock } = this.#context;
    const subject = digestSubject(kind);
    const place = `${target.name}/${kind}`;
    const now = clock.monotonic();
    const isThere = (openCardOf(store, target.name, subject)?.postedId ?? null) !== null;
    if (isThere && (this.#grew.get(place) ?? -Infinity) > now - GROWS_EVERY_MS) return [];
    const notices = noticesById(store, ids.slice(0, MOST_TOGETHER));
    const bound = notices.map(({ id }) => id);
    return [
      {
        notices,
        tell: async (signal) => {
          const compose = async (cardId: string) => {
            await bindNotices(store, bound, cardId);
            return composer.digest(kind, noticesOfCard(store, cardId), target.name);
          };
          this.#grew.set(place, clock.monotonic());
          return { state: "digested", cardId: await this.#cards.tellTogether(target, { subject, compose }, signal) };
        },
      },
    ];
  }

  /** A message that tells several grows no more once nothing is to be put into it. */
  async #closeDigests(target: string, { together, isStorm }: TellingPlan): Promise<void> {
    const { store, clock } = this.#context;
    for (const kind of DIGESTS) {
      if (together[kind].length > 0 || (kind === "storm" && isStorm)) continue;
      const card = openCardOf(store, target, digestSubject(kind));
      if (card !== undefined && !hasToTell(store, card.id)) await recordCard(store, card.id, { closedAt: clock.now() });
    }
  }
}

/** It was to be told by a message of its subject already. */
function isThreaded(card: CardRow | undefined, digest: Digest | undefined): boolean {
  return card !== undefined && digest === undefined && digestIn(card.subject) === undefined;
}
