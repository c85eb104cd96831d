import type { Form, Heard, HeardCommand, HeardForm, HeardPress, Listener, Message, Person } from "@hal/channels";
import { HalError, type OperationName, OPERATIONS, roleAllows } from "@hal/protocol";
import { type ButtonRow, buttonById, cardById, releaseButton, takeButton } from "@hal/store/supervisor";
import type { ChatKind } from "../capabilities/channels/channel-book.ts";
import type { ActForm } from "../capabilities/channels/composer.ts";
import type { Context as ChannelsContext } from "../capabilities/channels/context.ts";
import { chatRole } from "../capabilities/channels/domain/chat-role.ts";
import type { Access } from "../capabilities/channels/section.ts";
import type { SupervisorConfig } from "../config.ts";
import { authoriseFirst, type Desk, dispatch } from "../operations/dispatch.ts";
import type { Actor } from "../operations/handler.ts";
import { type ReadCommand, readCommand } from "./commands.ts";
import { filledIn } from "./filled-in.ts";

type ChatContext = ChannelsContext & Desk;

const NO_ACCESS: Access = { viewers: ["everyone"], operators: [], admins: [] };
/** The whole form is called after its button. */
const FORM = "button:";
/** And one that confirms after what was typed. */
const DO = "do:";
const MOST_ID = 100;

/** Somebody on a platform, as the desk knows them. */
type ChatActor = Actor & { readonly surface: "chat" };

/**
 * The door of people on platforms: what they press is judged as everything else that is asked of the supervisor, by the role that the
 * configuration gives to their id there. What holds:
 *
 * - D1 A button does what it was made for, at the message that it was made for, and once; its id says nothing.
 * - D2 Who may not does nothing, is told so alone, and is in the audit.
 */
export class ChatDoor {
  readonly #context: ChatContext;
  readonly #used: () => SupervisorConfig;
  readonly #valid = new AbortController().signal;

  constructor(context: ChatContext, used: () => SupervisorConfig) {
    this.#context = context;
    this.#used = used;
  }

  /** Hears what people do on a platform. */
  listenerOf(kind: ChatKind): Listener {
    return {
      formFor: (heard) => (heard.kind === "press" ? this.#formOf(kind, heard) : this.#confirmation(kind, heard)),
      heard: (heard) => this.#hear(kind, heard),
    };
  }

  /** The form that a button asks for first; undefined where it asks for none, or is not for that person. */
  #formOf(kind: ChatKind, { button, who, place, message }: HeardPress): Form | undefined {
    const pressed = this.#buttonAt(kind, button, { place, message: message.id });
    const actor = this.#actorOf(kind, who);
    if (pressed === undefined || pressed.form === null || pressed.usedAt !== null) return undefined;
    if (actor === undefined || !roleAllows(actor.role, OPERATIONS[pressed.operation as OperationName].role))
      return undefined;
    return { ...(pressed.form as unknown as ActForm), id: `${FORM}${button}` };
  }

  async #hear(kind: ChatKind, heard: Heard): Promise<void> {
    switch (heard.kind) {
      case "press":
        return this.#press(kind, heard, heard.button, {});
      case "form":
        return this.#submit(kind, heard);
      case "command":
        return this.#command(kind, heard, readCommand(heard.words, heard.named));
      case "words":
      case "stop":
        // nothing is done by these
        return;
      default:
        return heard satisfies never;
    }
  }

  /** What destroys is done when whoever asked for it has typed its name once more. */
  #confirmation(kind: ChatKind, { words, named, who }: HeardCommand): Form | undefined {
    const read = readCommand(words, named);
    if (read.kind !== "command" || !read.command.isConfirmed) return undefined;
    const { command, input } = read;
    const role = this.#actorOf(kind, who)?.role;
    if (role === undefined || !roleAllows(role, OPERATIONS[command.operation].role)) return undefined;
    const said = [command.name, ...Object.values(input)].join(" ");
    const id = `${DO}${said}`;
    if (id.length > MOST_ID) return undefined;
    const word = said.split(" ").at(-1) ?? command.name;
    return {
      id,
      title: `Really ${command.name}?`.slice(0, 24),
      text: OPERATIONS[command.operation].summary,
      submit: command.name,
      inputs: [{ kind: "text", id: "word", label: `Type ${word} to go on`.slice(0, 150) }],
    };
  }

  async #confirmed(kind: ChatKind, heard: HeardForm): Promise<void> {
    const words = heard.form.slice(DO.length).split(" ");
    if (heard.values["word"]?.[0]?.trim() !== words.at(-1))
      return heard.reply.tell(note("warn", `nothing was done: ${words.at(-1)} was not typed`));
    await this.#command(kind, heard, readCommand(words));
  }

  async #command(
    kind: ChatKind,
    { who, id, reply }: Pick<Heard, "who" | "id" | "reply">,
    read: ReadCommand,
  ): Promise<void> {
    if (read.kind === "message") return reply.tell(read.message);
    const actor = this.#actorOf(kind, who);
    if (actor === undefined) return reply.tell(this.#refusal(kind, who, "nobody gave you a role here"));
    const { command, input } = read;
    const { kind: asks, role } = OPERATIONS[command.operation];
    try {
      const { output } = await dispatch(this.#context, actor, {
        operation: command.operation,
        input,
        // what a platform tells twice is done once
        idempotencyKey: asks === "change" ? `${kind}/${id}` : undefined,
        signal: this.#context.stopping,
      });
      const message = command.show(output as never, this.#context.clock.now());
      await (command.isForAll ? reply.say(message) : reply.tell(message));
    } catch (error) {
      if (!(error instanceof HalError)) throw error;
      const isRefused = error.code === "forbidden";
      await reply.tell(
        isRefused ? this.#refusal(kind, who, `${command.name} needs the role ${role}`) : note("bad", error.message),
      );
    }
  }

  async #submit(kind: ChatKind, heard: HeardForm): Promise<void> {
    if (heard.form.startsWith(DO)) return this.#confirmed(kind, heard);
    if (!heard.form.startsWith(FORM) || heard.message === undefined) return;
    const id = heard.form.slice(FORM.length);
    const { inputs } = (buttonById(this.#context.store, id)?.form ?? { inputs: [] }) as unknown as ActForm;
    await this.#press(kind, { ...heard, message: heard.message }, id, filledIn(inputs, heard.values));
  }

  async #press(
    kind: ChatKind,
    heard: Pick<HeardPress, "id" | "who" | "place" | "message" | "reply">,
    id: string,
    filled: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const { who, place, message, reply } = heard;
    const { store, clock, noticeSender } = this.#context;
    const actor = this.#actorOf(kind, who);
    if (actor === undefined) return reply.tell(this.#refusal(kind, who, "nobody gave you a role here"));
    const button = this.#buttonAt(kind, id, { place, message: message.id });
    if (button === undefined) return reply.tell(this.#unknownButton(actor));
    const operation = button.operation as OperationName;
    try {
      await authoriseFirst(this.#context, actor, {
        name: operation,
        role: OPERATIONS[operation].role,
        traceparent: undefined,
      }); // D2
    } catch (error) {
      if (!(error instanceof HalError)) throw error;
      return reply.tell(this.#refusal(kind, who, `${button.label} needs the role ${OPERATIONS[operation].role}`));
    }
    if (!(await takeButton(store, id, { by: actor.actor, now: clock.now() })))
      // D1
      return reply.tell(note("warn", `${button.label} was pressed already, by ${button.usedBy ?? "somebody else"}`));
    try {
      await dispatch(this.#context, actor, {
        operation,
        input: { ...button.input, ...filled },
        // the press that is told again after a restart asks for the same
        idempotencyKey: `button/${id}`,
        signal: this.#context.stopping,
      });
    } catch (error) {
      await releaseButton(store, id);
      if (!(error instanceof HalError)) throw error;
      await reply.tell(note("bad", error.message));
    } finally {
      noticeSender.showSoon(button.cardId);
    }
  }

  /** A button where it was made: undefined for one that nobody made, and for one that is pressed elsewhere. */
  #buttonAt(
    kind: ChatKind,
    id: string,
    { place, message }: { readonly place: string; readonly message: string },
  ): ButtonRow | undefined {
    const { store, channels } = this.#context;
    const button = buttonById(store, id);
    const card = button === undefined ? undefined : cardById(store, button.cardId);
    const target = card === undefined ? undefined : channels.get(card.target);
    if (target?.channel.kind !== kind || target.place !== place || card?.postedId !== message) return undefined;
    return button;
  }

  #actorOf(kind: ChatKind, who: Person): ChatActor | undefined {
    const role = chatRole(this.#accessOf(kind), who);
    if (role === undefined) return undefined;
    const actor = `${kind}:${who.id}`;
    return {
      actor,
      role,
      mayLink: false,
      credential: actor,
      expiresAt: null,
      valid: this.#valid,
      surface: "chat",
      ip: undefined,
    };
  }

  #accessOf(kind: ChatKind): Access {
    return this.#used().channels[kind]?.access ?? NO_ACCESS;
  }

  /** Says to somebody what they lack, and who gives it. */
  #refusal(kind: ChatKind, { id }: Person, why: string): Message {
    if (chatRole(this.#accessOf(kind), { id, roles: [] }) === undefined)
      this.#context.audit.refused({
        actor: `${kind}:${id}`,
        role: undefined,
        surface: "chat",
        ip: undefined,
        action: "buttons.press",
        reason: why,
      });
    return note("warn", `${why}: whoever runs HAL adds ${id} under channels.${kind}.access`);
  }

  #unknownButton(actor: ChatActor): Message {
    this.#context.audit.refused({
      ...actor,
      action: "buttons.press",
      reason: "there is no such button at this message",
    });
    return note("warn", "This button does nothing any more; the message shows how it is now.");
  }
}

function note(tone: Message["tone"], title: string): Message {
  return { title, tone };
}
