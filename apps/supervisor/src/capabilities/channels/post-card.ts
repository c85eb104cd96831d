import { createHash } from "node:crypto";
import type { Message, Posted } from "@hal/channels";
import { type CardRow, newestEventId, type NoticeRow, recordCard } from "@hal/store/supervisor";
import type { Kernel } from "../../kernel.ts";
import { momentOf, withButtons } from "./card-buttons.ts";
import type { Target } from "./channel-book.ts";
import type { Composer } from "./composer.ts";
import { postOnce } from "./post-once.ts";

interface PostHow {
  readonly notice?: NoticeRow;
  /** it may be there already */
  readonly isKnown: boolean;
  readonly signal: AbortSignal;
}

export interface PostedCard {
  readonly posted: Posted;
  readonly title: string;
  /** it says all that its notice does */
  readonly saysIt: boolean;
}

/** Posts the message of a card; undefined where nothing is known of what it is about, and no notice tells it. Throws DeliveryError. */
export async function postCard(
  context: Pick<Kernel, "store" | "clock">,
  { target: { place, channel }, composer }: { readonly target: Target; readonly composer: Composer },
  card: CardRow,
  { notice, isKnown, signal }: PostHow,
): Promise<PostedCard | undefined> {
  const { store, clock } = context;
  const line = notice === undefined ? undefined : composer.line(notice);
  const alone = line === undefined ? undefined : { message: line, isOver: true, saysAll: true };
  const composed = (await composer.card(card.subject, { ...momentOf(store, card), notice })) ?? alone;
  if (composed === undefined) return undefined;
  const { isOver, saysAll = false } = composed;
  const overUpTo = isOver && !saysAll ? await newestEventId(store) : null;
  const message = await withButtons(context, card, composed);
  const posted = await postOnce(channel, { ref: card.id, place, message }, { mayBeThere: isKnown, signal });
  await recordCard(store, card.id, {
    postedId: posted.id,
    shown: posted.isFound ? null : hashOf(message),
    overUpTo,
    // of one that was found nobody knows what it shows: it is changed once more
    closedAt: saysAll && !posted.isFound ? clock.now() : null,
  });
  return { posted, title: message.title, saysIt: saysAll || message.title === line?.title };
}

/** What a message is known by. */
export function hashOf(message: Message): string {
  return createHash("sha256").update(JSON.stringify(message)).digest("base64url");
}
