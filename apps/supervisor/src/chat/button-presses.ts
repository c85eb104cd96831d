import type { Form, HeardForm, HeardPress, Posted } from "@hal/channels";
import { HalError, type OperationName, OPERATIONS } from "@hal/protocol";
import { type ButtonRow, buttonById, cardById, releaseButton, takeButton } from "@hal/store/supervisor";
import type { ChatKind } from "../capabilities/channels/channel-book.ts";
import type { ActForm } from "../capabilities/channels/composer.ts";
import { authoriseFirst } from "../operations/dispatch.ts";
import { type ChatDesk, lacking, note } from "./chat-desk.ts";
import { filledIn } from "./filled-in.ts";

/** What the id of a button's form begins with. */
const FORM = "button:";

type Pressed = Pick<HeardPress, "who" | "place" | "message" | "reply">;

/**
 * Buttons on cards. What holds:
 *
 * - B1 A button does what it was made for, at the message that it was made for, and once; its id says nothing.
 * - B2 Who may not does nothing, is told so alone, and is in the audit; the button is still there for whoever may.
 */
export class ButtonPresses {
  readonly #desk: ChatDesk;

  constructor(desk: ChatDesk) {
    this.#desk = desk;
  }

  /** The form that a button asks for first; undefined where it asks for none, or is not for that person. */
  formOf(kind: ChatKind, { button: id, who, place, message }: HeardPress): Form | undefined {
    const button = this.#buttonAt(kind, id, place, message);
    if (button === undefined || button.form === null || button.usedAt !== null) return undefined;
    if (!this.#desk.may(kind, who, button.operation as OperationName)) return undefined;
    return { ...(button.form as unknown as ActForm), id: `${FORM}${id}` };
  }

  press(kind: ChatKind, heard: HeardPress): Promise<void> {
    return this.#press(kind, heard, heard.button, {});
  }

  /** Whether a form is a button's; if so, what it asked for is done. */
  async submit(kind: ChatKind, heard: HeardForm): Promise<boolean> {
    const { form, message, values } = heard;
    if (!form.startsWith(FORM)) return false;
    const id = form.slice(FORM.length);
    const { inputs } = (buttonById(this.#desk.context.store, id)?.form ?? { inputs: [] }) as unknown as ActForm;
    if (message !== undefined) await this.#press(kind, { ...heard, message }, id, filledIn(inputs, values));
    return true;
  }

  async #press(
    kind: ChatKind,
    { who, place, message, reply }: Pressed,
    id: string,
    filled: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const { context } = this.#desk;
    const actor = this.#desk.actorOf(kind, who);
    if (actor === undefined) return this.#desk.refuseStranger({ kind, who, reply });
    const button = this.#buttonAt(kind, id, place, message);
    if (button === undefined) {
      context.audit.refused({ ...actor, action: "chat", reason: "there is no such button at this message" });
      return reply.tell(note("warn", "This button does nothing any more; the message shows how it is now."));
    }
    const operation = button.operation as OperationName;
    const { role } = OPERATIONS[operation];
    try {
      await authoriseFirst(context, actor, { name: operation, role, traceparent: undefined }); // B2
    } catch (error) {
      if (!(error instanceof HalError)) throw error;
      return reply.tell(lacking({ kind, who }, button.label, role));
    }
    if (!(await takeButton(context.store, id, { by: actor.actor, now: context.clock.now() })))
      // B1
      return reply.tell(note("warn", `${button.label} was pressed already, by ${this.#userOf(id)}`));
    let isDone = false;
    try {
      const request = { operation, input: { ...button.input, ...filled }, idempotencyKey: `button/${id}` };
      isDone = (await this.#desk.ask({ kind, who, reply }, { ...request, called: button.label })) !== undefined;
    } finally {
      if (!isDone) await releaseButton(context.store, id);
      context.noticeSender.showSoon(button.cardId);
    }
  }

  #userOf(id: string): string {
    return buttonById(this.#desk.context.store, id)?.usedBy ?? "somebody else";
  }

  /** A button where it was made: undefined for one that nobody made, and for one that is pressed elsewhere. */
  #buttonAt(kind: ChatKind, id: string, place: string, message: Posted): ButtonRow | undefined {
    const { store, channels } = this.#desk.context;
    const button = buttonById(store, id);
    const card = button === undefined ? undefined : cardById(store, button.cardId);
    const target = card === undefined ? undefined : channels.get(card.target);
    if (target?.channel.kind !== kind || target.place !== place || card?.postedId !== message.id) return undefined;
    return button;
  }
}
