import type { Form, HeardForm, HeardPress, Message, Posted } from "@hal/channels";
import { HalError, type OperationName, OPERATIONS } from "@hal/protocol";
import {
  type ButtonRow,
  buttonById,
  buttonsUsed,
  type CardRow,
  cardById,
  releaseButton,
  takeButton,
} from "@hal/store/supervisor";
import type { ChatKind } from "../capabilities/channels/channel-book.ts";
import type { ActForm, Judgement } from "../capabilities/channels/composer.ts";
import { calledFor } from "../capabilities/channels/people.ts";
import { authoriseFirst } from "../operations/dispatch.ts";
import { type Asker, type ChatDesk, lacking, note } from "./chat-desk.ts";
import { type Asked, askedIn, confirmationForm, unconfirmed } from "./confirmations.ts";
import { failureIn } from "./failure-in.ts";
import { filledIn } from "./filled-in.ts";

/** What the id of a button's form begins with. */
const FORM = "button:";

/** Somebody who pressed a button, or sent its form off. */
interface Pressed {
  readonly asker: Asker;
  readonly place: string;
  readonly message: Posted;
  readonly button: string;
  /** what they filled in; undefined where they were asked nothing */
  readonly form?: { readonly asked: Asked | undefined; readonly values: HeardForm["values"] };
}

interface Found {
  readonly button: ButtonRow;
  readonly card: CardRow;
}

/**
 * Buttons on cards. What holds:
 *
 * - B1 A button does what it was made for, at the message that it was made for, and once; its id says nothing.
 * - B2 Who may not does nothing, is told so alone, and is in the audit; the button is still there for whoever may.
 * - B3 What is not so any more is not acted on: whoever presses is told what is so, and the message shows it.
 * - B4 What destroys is confirmed by whoever pressed, for what they were shown; without that nothing is done.
 */
export class ButtonPresses {
  readonly #desk: ChatDesk;

  constructor(desk: ChatDesk) {
    this.#desk = desk;
  }

  /** The form that a button asks for first; undefined where it asks for none, or does nothing for that person now. */
  formOf(kind: ChatKind, { button: id, who, place, message }: HeardPress): Form | undefined {
    const found = this.#buttonAt(kind, id, place, message);
    if (found === undefined || found.button.usedAt !== null) return undefined;
    const { button } = found;
    if (!this.#desk.may(kind, who, button.operation as OperationName)) return undefined;
    const { refusal, confirmation } = this.#judge(found);
    if (refusal !== undefined) return undefined;
    if (confirmation === undefined) return button.form === null ? undefined : { ...formIn(button), id: `${FORM}${id}` };
    const at = this.#desk.context.clock.now();
    return confirmationForm(FORM, { what: id, user: who.id, at, footing: confirmation.footing }, confirmation);
  }

  press(kind: ChatKind, { who, reply, place, message, button }: HeardPress): Promise<void> {
    return this.#press({ asker: { kind, who, reply }, place, message, button });
  }

  /** Whether a form is a button's; if so, what it asked for is done. */
  async submit(kind: ChatKind, { form: id, who, reply, place, message, values }: HeardForm): Promise<boolean> {
    if (!id.startsWith(FORM)) return false;
    const asked = askedIn(FORM, id);
    const button = asked?.what ?? id.slice(FORM.length);
    if (message !== undefined)
      await this.#press({ asker: { kind, who, reply }, place, message, button, form: { asked, values } });
    return true;
  }

  async #press(pressed: Pressed): Promise<void> {
    const { asker, button: id, place, message } = pressed;
    const { kind, who, reply } = asker;
    const { context } = this.#desk;
    const actor = this.#desk.actorOf(kind, who);
    if (actor === undefined) return this.#desk.refuseStranger(asker);
    const found = this.#buttonAt(kind, id, place, message);
    if (found === undefined) {
      context.audit.refused({ ...actor, action: "chat", reason: "there is no such button at this message" });
      return reply.tell(note("warn", "This button does nothing any more; the message shows how it is now."));
    }
    const { button, card } = found;
    const operation = button.operation as OperationName;
    const { role } = OPERATIONS[operation];
    try {
      await authoriseFirst(context, actor, { name: operation, role, traceparent: undefined }); // B2
    } catch (error) {
      if (!(error instanceof HalError)) throw error;
      return reply.tell(lacking({ kind, who }, button.label, role));
    }
    const user = this.#userOf(found);
    if (user !== undefined) return reply.tell(this.#pressedBy(button, user)); // B1
    const judgement = this.#judge(found);
    const refusal = this.#refusalOf(pressed, found, judgement);
    if (refusal !== undefined) {
      await context.noticeSender.showSoon(card.id); // B3
      return reply.tell(note("warn", refusal));
    }
    const isFilled = judgement.confirmation === undefined && pressed.form !== undefined;
    await this.#do(asker, found, isFilled ? filledIn(formIn(button).inputs, pressed.form.values) : {});
  }

  async #do(asker: Asker, { button, card }: Found, filled: Readonly<Record<string, unknown>>): Promise<void> {
    const { context } = this.#desk;
    const { noticeSender, store, clock } = context;
    const { kind, who, reply } = asker;
    const { id, label } = button;
    const by = `${kind}:${who.id}`;
    const now = clock.now();
    if (!(await takeButton(store, id, { by, now }))) {
      return reply.tell(this.#pressedBy(button, this.#userOf({ button, card }) ?? "somebody else")); // B1
    }
    await noticeSender.showSoon(card.id);
    let isDone = false;
    try {
      const operation = button.operation as OperationName;
      // one that came to nothing may be pressed again, and is another request then
      const request = { operation, input: { ...button.input, ...filled }, idempotencyKey: `button/${id}/${now}` };
      const answer = await this.#desk.ask(asker, { ...request, called: label });
      const failure = answer === undefined ? undefined : failureIn(answer.output);
      if (failure !== undefined) await reply.tell(note("bad", `${label.replace("…", "")} came to nothing: ${failure}`));
      isDone = answer !== undefined && failure === undefined;
    } finally {
      if (!isDone) await releaseButton(store, id);
      await noticeSender.showSoon(card.id);
    }
  }

  #pressedBy({ label }: ButtonRow, user: string): Message {
    return note("warn", `${label} was pressed already, by ${calledFor(this.#desk.context, user)}`);
  }

  /** Why a press does nothing, though it is of somebody who may; undefined where it does something. */
  #refusalOf({ asker, form }: Pressed, { button }: Found, { refusal, confirmation }: Judgement): string | undefined {
    if (refusal !== undefined) return refusal;
    const again = "nothing was done: press it once more, and fill in what it asks";
    if (confirmation === undefined) return button.form !== null && form === undefined ? again : undefined;
    if (form?.asked === undefined) return again; // B4
    const now = this.#desk.context.clock.now();
    return unconfirmed(form.asked, confirmation, { user: asker.who.id, values: form.values, now });
  }

  #judge({ button, card }: Found): Judgement {
    return this.#desk.context.noticeSender.judge(card.subject, button.key);
  }

  /** Who used a button, there or where the same is offered; undefined where nobody did. */
  #userOf({ button, card }: Found): string | undefined {
    const { store } = this.#desk.context;
    const own = buttonById(store, button.id);
    if (own !== undefined && own.usedAt !== null) return own.usedBy ?? "somebody else";
    return buttonsUsed(store, card.subject, MOST_USED).find(({ key }) => key === button.key)?.usedBy ?? undefined;
  }

  /** A button where it was made: undefined for one that nobody made, and for one that is pressed elsewhere. */
  #buttonAt(kind: ChatKind, id: string, place: string, message: Posted): Found | undefined {
    const { store, channels } = this.#desk.context;
    const button = buttonById(store, id);
    const card = button === undefined ? undefined : cardById(store, button.cardId);
    const target = card === undefined ? undefined : channels.get(card.target);
    if (button === undefined || card === undefined) return undefined;
    if (target?.channel.kind !== kind || target.place !== place) return undefined;
    // whoever is quick presses it before the answer is here that names its message
    return card.postedId === null || card.postedId === message.id ? { button, card } : undefined;
  }
}

/** Of the newest that were used; the others are of what was long ago. */
const MOST_USED = 100;

function formIn({ form }: ButtonRow): ActForm {
  return (form ?? { title: "", submit: "", inputs: [] }) as unknown as ActForm;
}
