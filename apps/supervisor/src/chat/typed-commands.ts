import {
  DeliveryError,
  type Form,
  type HeardCommand,
  type HeardForm,
  type HeardPress,
  type Message,
} from "@hal/channels";
import { OPERATIONS } from "@hal/protocol";
import type { ChatKind } from "../capabilities/channels/channel-book.ts";
import type { Confirmation } from "../capabilities/channels/composer.ts";
import { type Asker, type ChatDesk, note } from "./chat-desk.ts";
import { type ChatCommand, readCommand } from "./commands.ts";
import { askedIn, askingId, confirmationForm, outOfDate, unconfirmed } from "./confirmations.ts";
import { splitLong, type SplitMessage } from "./split-long.ts";

type Typed = Pick<HeardCommand, "who" | "id" | "reply" | "place" | "thread">;

/** What the id of a form begins with that confirms what was typed. */
const DO = "do:";
/** And that of a button that opens such a form. */
const ASK = "ask:";
/** An id is no longer on any platform. */
const MOST_ID = 100;

type Confirmed = ChatCommand & { readonly isConfirmed: true };

/**
 * What people type. What destroys is done when whoever asked for it has typed its name once more, and not without that: where no form
 * opens from what they typed, such as a mention in a thread, a button opens it.
 */
export class TypedCommands {
  readonly #desk: ChatDesk;

  constructor(desk: ChatDesk) {
    this.#desk = desk;
  }

  /** The form that is to be filled in first; undefined where nothing is to be confirmed, or that person may not. */
  formOf(kind: ChatKind, { words, named, who }: HeardCommand): Form | undefined {
    const read = readCommand(words, named);
    if (read.kind !== "command" || !isConfirmed(read.command)) return undefined;
    return this.#formFor(kind, who, { command: read.command, said: saidOf(read.command, read.input) });
  }

  /** The form that a button opens; undefined where it is none of those, or was made for somebody else. */
  formOfButton(kind: ChatKind, { button, who }: HeardPress): Form | undefined {
    const asked = askedIn(ASK, button);
    if (asked === undefined || outOfDate(asked, this.#given(who)) !== undefined) return undefined;
    const read = readCommand(asked.what.split(" "));
    if (read.kind !== "command" || !isConfirmed(read.command)) return undefined;
    return this.#formFor(kind, who, { command: read.command, said: asked.what });
  }

  async command(kind: ChatKind, heard: HeardCommand): Promise<void> {
    const { words, named, who, reply } = heard;
    const read = readCommand(words, named);
    if (read.kind === "message") return reply.tell(read.message);
    const asker = { kind, who, reply };
    if (!isConfirmed(read.command)) return this.#run(kind, heard, read);
    // there was no form
    const { command, input } = read;
    const said = saidOf(command, input);
    if (!this.#desk.may(kind, who, command.operation)) return this.#refuse(asker, command, input);
    await reply.tell(this.#asking(command, said, askingId(ASK, this.#askedOf(who, said))));
  }

  /** Whether a button opens a form of what was typed; if so, and it did not open, whoever pressed is told why. */
  async press(kind: ChatKind, { button, who, reply }: HeardPress): Promise<boolean> {
    if (!button.startsWith(ASK)) return false;
    const asked = askedIn(ASK, button);
    const read = asked === undefined ? undefined : readCommand(asked.what.split(" "));
    const old = asked === undefined ? undefined : outOfDate(asked, this.#given(who));
    if (read?.kind === "command" && isConfirmed(read.command) && old === undefined)
      await this.#refuse({ kind, who, reply }, read.command, read.input);
    else await reply.tell(note("warn", old ?? "This button does nothing any more."));
    return true;
  }

  /** Whether a form confirms what was typed; if so, that is done. */
  async submit(kind: ChatKind, heard: HeardForm): Promise<boolean> {
    const { form, values, who, reply } = heard;
    if (!form.startsWith(DO)) return false;
    const asked = askedIn(DO, form);
    const read = asked === undefined ? undefined : readCommand(asked.what.split(" "));
    if (asked === undefined || read?.kind !== "command" || !isConfirmed(read.command)) {
      await reply.tell(note("warn", "nothing was done: type it once more"));
      return true;
    }
    const wanted = confirmationOf(read.command, asked.what);
    const why = unconfirmed(asked, wanted, { ...this.#given(who), values });
    if (why === undefined) await this.#run(kind, heard, read);
    else await reply.tell(note("warn", why));
    return true;
  }

  async #run(
    kind: ChatKind,
    heard: Typed,
    { command, input }: { readonly command: ChatCommand; readonly input: Readonly<Record<string, unknown>> },
  ): Promise<void> {
    const { who, id, reply } = heard;
    const { operation, name } = command;
    const idempotencyKey = OPERATIONS[operation].kind === "change" ? `${kind}/${id}` : undefined;
    const answer = await this.#desk.ask({ kind, who, reply }, { operation, input, idempotencyKey, called: name });
    if (answer === undefined) return;
    const whole = command.show(answer.output as never, { by: who.name ?? who.id, input });
    const mayShow = command.isForAll || (OPERATIONS[operation].role === "viewer" && this.#desk.isOpen(kind));
    const { message, file } = mayShow ? splitLong(whole, `${name}.txt`) : { message: whole, file: undefined };
    await (command.isForAll ? reply.say(message) : reply.tell(message));
    if (file !== undefined) await this.#send(kind, heard, file);
  }

  /** A platform shows no file to one person alone: it is where it was asked for. */
  async #send(kind: ChatKind, { place, thread, reply }: Typed, file: NonNullable<SplitMessage["file"]>): Promise<void> {
    const { channels, stopping } = this.#desk.context;
    try {
      await channels.platform(kind)?.sendFile({ place, thread, ...file }, stopping);
    } catch (error) {
      if (stopping.aborted || !(error instanceof DeliveryError)) throw error;
      await reply.tell(note("warn", `${file.name} could not be sent: ${error.message}`));
    }
  }

  /** Says to somebody that they may not, as the desk does, which has the audit know; whoever may is asked in vain. */
  async #refuse(asker: Asker, { operation, name }: Confirmed, input: Readonly<Record<string, unknown>>): Promise<void> {
    const { kind, who, reply } = asker;
    if (this.#desk.may(kind, who, operation))
      return reply.tell(note("warn", `nothing was done: type ${name} once more`));
    await this.#desk.ask(asker, { operation, input, idempotencyKey: undefined, called: name });
  }

  #formFor(
    kind: ChatKind,
    who: HeardCommand["who"],
    { command, said }: { readonly command: Confirmed; readonly said: string },
  ): Form | undefined {
    if (!this.#desk.may(kind, who, command.operation)) return undefined;
    const form = confirmationForm(DO, this.#askedOf(who, said), confirmationOf(command, said));
    return form.id.length > MOST_ID ? undefined : form;
  }

  #asking(command: Confirmed, said: string, button: string): Message {
    if (button.length > MOST_ID)
      return note(
        "warn",
        `nothing was done: what ${command.name} is for is too long to be asked for here; give less of its id`,
      );
    return {
      title: `Really ${said}?`,
      tone: "warn",
      text: OPERATIONS[command.operation].summary,
      buttons: [{ id: button, label: `${command.name}…`, style: "danger" }],
    };
  }

  #askedOf({ id: user }: HeardCommand["who"], what: string) {
    return { what, user, at: this.#desk.context.clock.now(), footing: "" };
  }

  #given({ id: user }: HeardCommand["who"]) {
    return { user, now: this.#desk.context.clock.now() };
  }
}

function isConfirmed(command: ChatCommand): command is Confirmed {
  return command.isConfirmed;
}

function saidOf({ name }: ChatCommand, input: Readonly<Record<string, unknown>>): string {
  return [name, ...Object.values(input)].join(" ");
}

function confirmationOf({ name, operation }: Confirmed, said: string): Confirmation {
  return {
    title: `Really ${name}?`,
    text: OPERATIONS[operation].summary,
    submit: name,
    word: said.slice(said.lastIndexOf(" ") + 1),
    footing: "",
  };
}
