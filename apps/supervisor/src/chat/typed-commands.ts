import type { Form, HeardCommand, HeardForm } from "@hal/channels";
import { OPERATIONS } from "@hal/protocol";
import type { ChatKind } from "../capabilities/channels/channel-book.ts";
import { type ChatDesk, note } from "./chat-desk.ts";
import { readCommand } from "./commands.ts";

/** What the id of a form begins with that confirms what was typed. */
const DO = "do:";
const MOST_ID = 100;

/** What people type. */
export class TypedCommands {
  readonly #desk: ChatDesk;

  constructor(desk: ChatDesk) {
    this.#desk = desk;
  }

  /** What destroys is done when whoever asked for it has typed its name once more; undefined where nothing is to be confirmed. */
  formOf(kind: ChatKind, { words, named, who }: HeardCommand): Form | undefined {
    const read = readCommand(words, named);
    if (read.kind !== "command" || !read.command.isConfirmed) return undefined;
    const { command, input } = read;
    if (!this.#desk.may(kind, who, command.operation)) return undefined;
    const said = [command.name, ...Object.values(input)].join(" ");
    const id = `${DO}${said}`;
    if (id.length > MOST_ID) return undefined;
    return {
      id,
      title: `Really ${command.name}?`,
      text: OPERATIONS[command.operation].summary,
      submit: command.name,
      inputs: [{ kind: "text", id: "word", label: `Type ${lastOf(said)} to go on` }],
    };
  }

  async command(kind: ChatKind, { words, named = {}, who, id, reply }: Typed): Promise<void> {
    const read = readCommand(words, named);
    if (read.kind === "message") return reply.tell(read.message);
    const { command, input } = read;
    const { operation, name } = command;
    const idempotencyKey = OPERATIONS[operation].kind === "change" ? `${kind}/${id}` : undefined;
    const answer = await this.#desk.ask({ kind, who, reply }, { operation, input, idempotencyKey, called: name });
    if (answer === undefined) return;
    const message = command.show(answer.output as never, { by: who.name ?? who.id, input });
    await (command.isForAll ? reply.say(message) : reply.tell(message));
  }

  /** Whether a form confirms what was typed; if so, that is done. */
  async submit(kind: ChatKind, heard: HeardForm): Promise<boolean> {
    const { form, values, reply } = heard;
    if (!form.startsWith(DO)) return false;
    const said = form.slice(DO.length);
    if (values["word"]?.[0]?.trim() === lastOf(said)) await this.command(kind, { ...heard, words: said.split(" ") });
    else await reply.tell(note("warn", `nothing was done: ${lastOf(said)} was not typed`));
    return true;
  }
}

type Typed = Pick<HeardCommand, "words" | "who" | "id" | "reply"> & Partial<Pick<HeardCommand, "named">>;

function lastOf(said: string): string {
  return said.slice(said.lastIndexOf(" ") + 1);
}
