import { createHash } from "node:crypto";
import { type Button, DeliveryError, type Message, type Posted } from "@hal/channels";
import {
  type ButtonRow,
  buttonsOf,
  buttonsUsed,
  cardById,
  type CardRow,
  keepButtons,
  newestCard,
  type NoticeRow,
  openCard,
  openCards,
  openCardsOf,
  recordCard,
  reviveCards,
} from "@hal/store/supervisor";
import type { Kernel } from "../../kernel.ts";
import type { Target } from "./channel-book.ts";
import type { CardMoment, Composed, Composer } from "./composer.ts";
import { newNoticeId } from "./notice-id.ts";
import { FLEET, NOT_KEPT } from "./standing.ts";

/** So far apart one card is changed: people read no faster. */
const EDIT_EVERY_MS = 5_000;
/** Of what was done by buttons so much is looked at. */
const MOST_PRESSED = 10;
/** So many at a time, so that what is new is not kept waiting. */
const EDITS_AT_ONCE = 10;

const UNPOSTED = { postedId: null, shown: null, closedAt: null, toldStatus: null } as const;

type CardContext = Pick<Kernel, "store" | "clock" | "startedAt">;

/**
 * Messages for people: one for each thing, changed in its place whenever that changes, with what is told of it in its thread.
 * A card is in the database before it is posted, and is looked for before it is posted again: so whatever dies in between, there is one.
 */
export class Cards {
  readonly #context: CardContext;
  /** when each was looked at last */
  readonly #looked = new Map<string, number>();
  /** cards that are changed no more, and that somebody pressed a button of */
  readonly #older = new Set<string>();

  constructor(context: CardContext) {
    this.#context = context;
  }

  /** Tells a notice: by its card where that is new, else in the card's thread. Throws DeliveryError. */
  async tell(target: Target, composer: Composer, notice: NoticeRow, signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#context;
    const { name, place, channel } = target;
    const fresh = { ...UNPOSTED, id: newNoticeId(), target: name, subject: notice.subject };
    const card = await openCard(store, { ...fresh, openedAt: clock.now() });
    if (card.postedId === null) {
      await this.#post(target, composer, card, { notice, isKnown: card.id !== fresh.id, signal });
      return;
    }
    const thread = { place, id: card.postedId };
    const post = { ref: notice.id, place, thread, message: composer.line(notice) };
    const mayBeThere = notice.tries > 0 || notice.createdAt < this.#context.startedAt;
    const known = mayBeThere ? await channel.find(post, signal) : undefined;
    if (known === undefined) await this.#unlessGone(card, () => channel.post(post, signal));
    this.#looked.delete(card.id);
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
    for (const { id: one } of openCardsOf(store, card.subject)) this.#looked.delete(one);
    if (cardById(store, id)?.closedAt !== null) this.#older.add(id);
  }

  /** Brings cards up to what they are about, and has those there that always are. Throws DeliveryError. */
  async refresh(target: Target, composer: Composer, signal: AbortSignal): Promise<void> {
    await this.#stand(target, composer, signal);
    const now = this.#context.clock.monotonic();
    const due = openCards(this.#context.store, target.name).filter(
      ({ id, postedId }) => postedId !== null && (this.#looked.get(id) ?? -Infinity) <= now - EDIT_EVERY_MS,
    );
    for (const card of [...this.#olderOf(target), ...due].slice(0, EDITS_AT_ONCE)) {
      if (signal.aborted) return;
      this.#looked.set(card.id, now);
      await this.#edit(target, composer, card, signal);
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
      const fresh = { ...UNPOSTED, id: newNoticeId(), target: target.name, subject, openedAt: now };
      const card = await openCard(store, fresh);
      await this.#post(target, composer, card, { isKnown: card.id !== fresh.id, signal });
    }
  }

  /** Those that show once more that they are older ones. */
  #olderOf({ name }: Target): readonly CardRow[] {
    const cards = [...this.#older].flatMap((id) => cardById(this.#context.store, id) ?? []);
    const here = cards.filter(({ target }) => target === name);
    for (const { id } of here) this.#older.delete(id);
    return here;
  }

  #momentOf({ id, target, subject, openedAt }: CardRow): CardMoment {
    const { store } = this.#context;
    const pressed = buttonsUsed(store, subject, MOST_PRESSED).map(({ key, label, usedBy, usedAt }) => ({
      key,
      label,
      by: usedBy ?? "somebody",
      at: usedAt ?? 0,
    }));
    return { since: openedAt, pressed, isOlder: (newestCard(store, target, subject)?.id ?? id) !== id };
  }

  async #post({ place, channel }: Target, composer: Composer, card: CardRow, how: PostHow): Promise<void> {
    const { store, clock } = this.#context;
    const { notice, isKnown, signal } = how;
    const line = notice === undefined ? undefined : { message: composer.line(notice), isOver: true };
    const composed = (await composer.card(card.subject, { ...this.#momentOf(card), notice })) ?? line;
    if (composed === undefined) return;
    const { isOver } = composed;
    const message = await this.#withButtons(card, composed);
    const post = { ref: card.id, place, message };
    const known: Posted | undefined = isKnown ? await channel.find(post, signal) : undefined;
    const posted = known ?? (await channel.post(post, signal));
    await recordCard(store, card.id, {
      postedId: posted.id,
      shown: known === undefined ? hashOf(message) : null,
      // of one that was found nobody knows what it shows: it is changed once more
      closedAt: isOver && known === undefined ? clock.now() : null,
    });
  }

  async #edit(target: Target, composer: Composer, card: CardRow, signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#context;
    const { place, channel, standing } = target;
    const isKept = card.subject !== FLEET || standing.includes(FLEET);
    const composed = isKept ? await composer.card(card.subject, this.#momentOf(card)) : NOT_KEPT;
    if (composed === undefined) {
      this.#looked.delete(card.id);
      await recordCard(store, card.id, { closedAt: clock.now() });
      return;
    }
    const { isOver } = composed;
    const message = await this.#withButtons(card, composed);
    const shown = hashOf(message);
    if (shown !== card.shown) {
      const posted = { place, id: card.postedId ?? "" };
      await this.#unlessGone(card, () => channel.edit({ posted, message }, signal));
    }
    if (shown !== card.shown || isOver)
      await recordCard(store, card.id, { shown, closedAt: card.closedAt ?? (isOver ? clock.now() : null) });
    if (isOver) this.#looked.delete(card.id);
  }

  /** A button is known by an id that says nothing, and keeps it as long as it does the same. */
  async #withButtons(card: CardRow, { message, acts = [] }: Composed): Promise<Message> {
    if (acts.length === 0) return message;
    const { store, clock } = this.#context;
    const known = new Map(buttonsOf(store, card.id).map((button) => [button.key, button]));
    const made = acts
      .filter(({ key }) => !known.has(key))
      .map(({ key, label, operation, input, form }): ButtonRow => ({
        id: newNoticeId(),
        cardId: card.id,
        key,
        label,
        operation,
        input,
        form: form === undefined ? null : { ...form },
        createdAt: clock.now(),
        usedAt: null,
        usedBy: null,
      }));
    if (made.length > 0) await keepButtons(store, made);
    for (const button of made) known.set(button.key, button);
    const buttons = acts.flatMap(({ key, label, style }): Button[] => {
      const button = known.get(key);
      if (button === undefined || button.usedAt !== null) return [];
      return [{ id: button.id, label, ...(style === undefined ? {} : { style }) }];
    });
    return { ...message, buttons };
  }

  /** Somebody took the message away: what is told next has another one. */
  async #unlessGone(card: CardRow, send: () => Promise<unknown>): Promise<void> {
    try {
      await send();
    } catch (error) {
      if (error instanceof DeliveryError && error.problem === "gone")
        await recordCard(this.#context.store, card.id, { closedAt: this.#context.clock.now() });
      throw error;
    }
  }
}

interface PostHow {
  readonly notice?: NoticeRow;
  /** it may be there already */
  readonly isKnown: boolean;
  readonly signal: AbortSignal;
}

/** Days since 1970 in UTC. */
function dayOf(time: number): number {
  return Math.floor(time / 86_400_000);
}

function hashOf(message: Message): string {
  return createHash("sha256").update(JSON.stringify(message)).digest("base64url");
}
