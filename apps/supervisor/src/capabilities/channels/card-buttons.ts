import type { Button, Message } from "@hal/channels";
import {
  type ButtonRow,
  buttonsOf,
  buttonsUsed,
  type CardRow,
  keepButtons,
  newestCard,
  type SupervisorStore,
} from "@hal/store/supervisor";
import type { Kernel } from "../../kernel.ts";
import type { CardMoment, Composed } from "./composer.ts";
import { newNoticeId } from "./notice-id.ts";

/** Of what was done by buttons so much is looked at. */
const MOST_PRESSED = 10;

/** A button is known by an id that says nothing, and keeps it as long as it does the same. */
export async function withButtons(
  { store, clock }: Pick<Kernel, "store" | "clock">,
  card: CardRow,
  { message, acts = [] }: Composed,
): Promise<Message> {
  if (acts.length === 0) return message;
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

/** What a card is told of when it is composed. */
export function momentOf(store: SupervisorStore, { id, target, subject, openedAt }: CardRow): CardMoment {
  const pressed = buttonsUsed(store, subject, MOST_PRESSED).map(({ key, label, usedBy, usedAt }) => ({
    key,
    label,
    by: usedBy ?? "somebody",
    at: usedAt ?? 0,
  }));
  return { since: openedAt, pressed, isOlder: (newestCard(store, target, subject)?.id ?? id) !== id };
}
