import type { Heard, Listener } from "@hal/channels";
import type { ChatKind } from "../capabilities/channels/channel-book.ts";
import type { SupervisorConfig } from "../config.ts";
import { ButtonPresses } from "./button-presses.ts";
import { type ChatContext, ChatDesk } from "./chat-desk.ts";
import { Completions } from "./completions.ts";
import { registerCommands } from "./register-commands.ts";
import { ThreadWords } from "./thread-words.ts";
import { TypedCommands } from "./typed-commands.ts";

/**
 * The door of people on platforms: what they press, type and say is judged as everything else that is asked of the supervisor, by the
 * role that the configuration gives to their id there.
 */
export class ChatDoor {
  readonly #desk: ChatDesk;
  readonly #buttons: ButtonPresses;
  readonly #typed: TypedCommands;
  readonly #threads: ThreadWords;
  readonly #completions: Completions;
  readonly #context: ChatContext;

  constructor(context: ChatContext, used: () => SupervisorConfig) {
    this.#context = context;
    const desk = new ChatDesk(context, used);
    this.#desk = desk;
    this.#completions = new Completions(desk);
    this.#buttons = new ButtonPresses(desk);
    this.#typed = new TypedCommands(desk);
    this.#threads = new ThreadWords(desk);
  }

  /** Hears people from now on, and has platforms show what they can type. */
  open(): void {
    const { channels, log } = this.#context;
    const showCommands = (): void => {
      registerCommands(this.#context).catch((error: unknown) => log.error({ error }, "commands could not be shown"));
    };
    channels.hearBy(
      (kind) => this.#listenerOf(kind),
      (kind) => kind === "discord" && showCommands(),
    );
  }

  /** Hears what people do on a platform. */
  #listenerOf(kind: ChatKind): Listener {
    return {
      formFor: (heard) =>
        heard.kind === "press"
          ? (this.#typed.formOfButton(kind, heard) ?? this.#buttons.formOf(kind, heard))
          : this.#typed.formOf(kind, heard),
      complete: (asked) => this.#completions.complete(kind, asked),
      heard: (heard) => this.#hear(kind, heard),
    };
  }

  async #hear(kind: ChatKind, heard: Heard): Promise<void> {
    this.#desk.remember(kind, heard.who);
    switch (heard.kind) {
      case "press":
        if (!(await this.#typed.press(kind, heard))) await this.#buttons.press(kind, heard);
        return;
      case "command":
        return this.#typed.command(kind, heard);
      case "words":
        return this.#threads.said(kind, heard);
      case "stop":
        return this.#threads.stopped(kind, heard);
      case "form":
        // a form of neither is of an earlier version: it does nothing
        if (!(await this.#buttons.submit(kind, heard))) await this.#typed.submit(kind, heard);
        return;
      default:
        return heard satisfies never;
    }
  }
}
