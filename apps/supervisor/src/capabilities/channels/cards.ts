import { DeliveryError, type Message } from "@hal/channels";
import {
  bindNotices,
  cardById,
  type CardRow,
  letCardGo,
  newestCard,
  newestEventId,
  type NoticeRow,
  openCard,
  openCardsOf,
  recordCard,
  reviveCards,
  tells,
  type WaitingRow,
} from "@hal/store/supervisor";
import type { Kernel } from "../../kernel.ts";
import { momentOf, withButtons } from "./card-buttons.ts";
import { CardLooks } from "./card-looks.ts";
import type { Target } from "./channel-book.ts";
import type { Composer } from "./composer.ts";
import { STEPS_ROUTE } from "./domain/steps-route.ts";
import { newNoticeId } from "./notice-id.ts";
import { hashOf, postCard } from "./post-card.ts";
import { postOnce } from "./post-once.ts";
import { FLEET, NOT_KEPT } from "./standing.ts";

const UNPOSTED = {
  postedId: null,
  shown: null,
  closedAt: null,
  overUpTo: null,
  isDue: false,
  toldStatus: null,
} as const;

type CardContext = Pick<Kernel, "store" | "clock">;

/**
 * Messages for people: one for each thing, changed in its place whenever that changes, with what is told of it in its thread.
 * A card is in the database before it is posted, and is looked for before it is posted again: so whatever dies in between, there is one.
 */
export class Cards {
  readonly #context: CardContext;
  readonly #looks: CardLooks;
  /** notices that this process bound to their cards, and has not sent yet */
  readonly #boundHere = new Set<string>();

  constructor(context: CardContext) {
    this.#context = context;
    this.#looks = new CardLooks(context);
  }

  /**
   * Tells a notice: by its card, as far as that says it, and else in the card's thread. Returns the card, and its title where it was
   * posted just then: whoever is told that is told of others with the same title, too. Throws DeliveryError.
   * It is bound to its card before that is sent, with the others that are told of the same: so a try after a crash has the same one.
   */
  async tell(
    target: Target,
    composer: Composer,
    { notice, others }: { readonly notice: NoticeRow; readonly others: readonly WaitingRow[] },
    signal: AbortSignal,
  ): Promise<ToldBy> {
    const { card, isKnown } = await this.#cardOf(target, notice, others);
    let { postedId } = card;
    let title: string | undefined;
    if (postedId === null) {
      const shown = await postCard(this.#context, { target, composer }, card, { notice, isKnown, signal });
      if (shown === undefined) throw new Error("a notice has its own words at least");
      title = shown.title;
      if (shown.saysIt) {
        this.#boundHere.delete(notice.id);
        return { cardId: card.id, title };
      }
      postedId = shown.posted.id;
    }
    const isBoundHere = this.#boundHere.delete(notice.id);
    // where a process died the card may have told it
    if (notice.tries === 0 && !isBoundHere && (await this.#says(card, composer, notice)))
      return { cardId: card.id, title };
    const { place, channel } = target;
    const thread = { place, id: postedId };
    const post = { ref: notice.id, place, thread, message: composer.line(notice) };
    // what nobody bound to a card before was never sent
    const mayBeThere = notice.tries > 0 || !isBoundHere;
    await this.#unlessGone(card, () => postOnce(channel, post, { mayBeThere, signal }));
    this.#looks.soon(card.id);
    return { cardId: card.id, title };
  }

  async #says(card: CardRow, composer: Composer, notice: NoticeRow): Promise<boolean> {
    const composed = await composer.card(card.subject, momentOf(this.#context.store, card));
    return composed?.message.title === composer.line(notice).title;
  }

  /** Tells several notices in one message, which is changed as more are. Returns the card. Throws DeliveryError. */
  async tellTogether(
    { name, place, channel }: Target,
    { subject, compose }: { readonly subject: string; readonly compose: (cardId: string) => Promise<Message> },
    signal: AbortSignal,
  ): Promise<string> {
    const { store } = this.#context;
    const { card, isKnown } = await this.#open(name, subject);
    const message = await compose(card.id);
    const shown = hashOf(message);
    if (card.postedId === null) {
      const posted = await postOnce(channel, { ref: card.id, place, message }, { mayBeThere: isKnown, signal });
      // one that was there may show less
      if (posted.isFound) await channel.edit({ posted, message }, signal);
      await recordCard(store, card.id, { postedId: posted.id, shown });
    } else if (shown !== card.shown) {
      const posted = { place, id: card.postedId };
      await this.#unlessGone(card, () => channel.edit({ posted, message }, signal));
      await recordCard(store, card.id, { shown });
    }
    return card.id;
  }

  async #cardOf(
    { name }: Target,
    { id, cardId, subject, eventId }: NoticeRow,
    others: readonly WaitingRow[],
  ): Promise<Opened> {
    const bound = cardId === null ? undefined : cardById(this.#context.store, cardId);
    if (bound !== undefined) return { card: bound, isKnown: true };
    const opened = await this.#open(name, subject, eventId);
    // what happened after a rest that this card shows is told by another one
    const along = others.filter((other) => tells(opened.card, other.eventId)).map((other) => other.id);
    await bindNotices(this.#context.store, [id, ...along], opened.card.id);
    for (const one of [id, ...along]) this.#boundHere.add(one);
    return opened;
  }

  async #open(target: string, subject: string, eventId?: number | null): Promise<Opened> {
    const { store, clock } = this.#context;
    const id = newNoticeId();
    const fresh = { ...UNPOSTED, id, target, subject, openedAt: clock.now() };
    const card = await openCard(store, fresh, eventId);
    return { card, isKnown: card.id !== id };
  }

  /** Notices were told by the card that they are bound to, with another one. */
  toldToo(notices: readonly NoticeRow[]): void {
    for (const { id } of notices) this.#boundHere.delete(id);
  }

  /**
   * Something was done, or cannot be done any more, by a button of a card: it is looked at with the next look, however short ago that
   * was, and so is the newest card of the same subject everywhere, also where it was changed no more.
   */
  async lookSoon(id: string): Promise<void> {
    const { store } = this.#context;
    const card = cardById(store, id);
    if (card === undefined) return;
    await reviveCards(store, card.subject);
    for (const { id: one } of openCardsOf(store, card.subject)) this.#looks.soon(one);
    if (cardById(store, id)?.closedAt !== null) await recordCard(store, id, { isDue: true });
  }

  /** Brings cards up to what they are about, and has those there that always are. Throws DeliveryError. */
  async refresh(target: Target, composer: Composer, signal: AbortSignal): Promise<void> {
    await this.#stand(target, composer, signal);
    for (const card of await this.#looks.next(target.name, composer)) {
      if (signal.aborted) return;
      this.#looks.begin(card);
      this.#looks.done(card, await this.#edit(target, composer, card, signal));
    }
  }

  /** What somebody took away comes back with the next day. */
  async #stand(target: Target, composer: Composer, signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#context;
    const now = clock.now();
    for (const subject of target.standing) {
      const last = newestCard(store, target.name, subject);
      if (last !== undefined && last.closedAt === null && last.postedId !== null) continue;
      if (last !== undefined && last.closedAt !== null && dayOf(last.closedAt) === dayOf(now)) continue;
      const { card, isKnown } = await this.#open(target.name, subject);
      await postCard(this.#context, { target, composer }, card, { isKnown, signal });
    }
  }

  /** Brings a card up to what it is about. Returns whether it shows by now that this rests, or is well. */
  async #edit(target: Target, composer: Composer, card: CardRow, signal: AbortSignal): Promise<boolean> {
    const { store, clock } = this.#context;
    const { place, channel, standing } = target;
    const isKept = card.subject !== FLEET || standing.includes(FLEET);
    const composed = isKept ? await composer.card(card.subject, momentOf(this.#context.store, card)) : NOT_KEPT;
    if (composed === undefined) {
      this.#looks.soon(card.id);
      await recordCard(store, card.id, { closedAt: card.closedAt ?? clock.now(), isDue: false });
      return true;
    }
    const overUpTo = card.overUpTo ?? (composed.isOver ? await newestEventId(store) : null);
    const message = await withButtons(this.#context, card, composed);
    const shown = hashOf(message);
    if (shown !== card.shown) {
      const posted = { place, id: card.postedId ?? "" };
      if (!(await this.#isChanged(card, () => channel.edit({ posted, message }, signal)))) return true;
    }
    if (shown !== card.shown || overUpTo !== card.overUpTo || card.isDue)
      await recordCard(store, card.id, { shown, overUpTo, isDue: false });
    return composed.isOver;
  }

  /** Whether a message is there after a change of it: one that its platform lets nobody change stays as it is, and keeps no other one waiting. */
  async #isChanged(card: CardRow, change: () => Promise<unknown>): Promise<boolean> {
    try {
      await this.#unlessGone(card, change);
    } catch (error) {
      const problem = error instanceof DeliveryError ? error.problem : undefined;
      if (problem === "gone") return false;
      if (problem !== "refused") throw error;
    }
    return true;
  }

  /** Somebody took the message away: what is told next has another one. */
  async #unlessGone(card: CardRow, send: () => Promise<unknown>): Promise<void> {
    try {
      await send();
    } catch (error) {
      if (error instanceof DeliveryError && error.problem === "gone")
        await letCardGo(this.#context.store, card.id, {
          steps: STEPS_ROUTE,
          reason: "the message in whose thread it belongs is there no more",
          now: this.#context.clock.now(),
        });
      throw error;
    }
  }
}

/** Days since 1970 in UTC. */
function dayOf(time: number): number {
  return Math.floor(time / 86_400_000);
}

/** Which card tells a notice, and the title that it was posted with; undefined where it was there before. */
export interface ToldBy {
  readonly cardId: string;
  readonly title: string | undefined;
}

interface Opened {
  readonly card: CardRow;
  /** it was there before: its message may be, too */
  readonly isKnown: boolean;
}
