import type { Heard, Listener } from "@hal/channels";
import type { ChatKind } from "../capabilities/channels/channel-book.ts";
import type { SupervisorConfig } from "../config.ts";
import { ButtonPresses } from "./button-presses.ts";
import { type ChatContext, ChatDesk } from "./chat-desk.ts";
import { ThreadWords } from "./thread-words.ts";
import { TypedCommands } from "./typed-commands.ts";

/**
 * The door of people on platforms: what they press, type and say is judged as everything else that is asked of the supervisor, by the
 * role that the configuration gives to their id there.
 */
export class ChatDoor {
  readonly #buttons: ButtonPresses;
  readonly #typed: TypedCommands;
  readonly #threads: ThreadWords;

  constructor(context: ChatContext, used: () => SupervisorConfig) {
    const desk = new ChatDesk(context, used);
    this.#buttons = new ButtonPresses(desk);
    this.#typed = new TypedCommands(desk);
    this.#threads = new ThreadWords(desk);
  }

  /** Hears what people do on a platform. */
  listenerOf(kind: ChatKind): Listener {
    return {
      formFor: (heard) =>
        heard.kind === "press" ? this.#buttons.formOf(kind, heard) : this.#typed.formOf(kind, heard),
      heard: (heard) => this.#hear(kind, heard),
    };
  }

  async #hear(kind: ChatKind, heard: Heard): Promise<void> {
    switch (heard.kind) {
      case "press":
        return this.#buttons.press(kind, heard);
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
