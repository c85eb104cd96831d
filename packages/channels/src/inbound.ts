import type { Posted } from "./channel.ts";
import type { Form } from "./form.ts";
import type { Message } from "./message.ts";

/** Hears what people do on a platform. What it throws is told to `failed`, and to whoever did it that it went wrong. */
export interface Listener {
  /**
   * Asked before anything else of a command or a press: the form that opens at once. It answers without waiting, since a platform
   * opens none later on. `heard` is not told of it then, but of the form when it is sent off. It is not asked where none can open:
   * of a command that was written in a message.
   */
  readonly formFor?: (heard: HeardCommand | HeardPress) => Form | undefined;
  /** Somebody types at an option of a command: how it may go on, best first. Asked where the platform offers that. */
  readonly complete?: (asked: Completion) => Promise<readonly string[]>;
  /** Something was done. The platform knows already that it was heard. */
  readonly heard: (heard: Heard) => Promise<void>;
  /** The connection by which it is heard began or ended. */
  readonly connection?: (state: ConnectionState) => void;
  /** Something went wrong that nobody else is told of. */
  readonly failed?: (error: unknown) => void;
}

/** A command that somebody is about to type. */
export interface Completion {
  readonly who: Person;
  readonly place: string;
  /** the command, and what is below it */
  readonly words: readonly string[];
  /** options that have a value already, by their names */
  readonly named: Readonly<Record<string, string>>;
  /** the option at which they type, and what stands there */
  readonly option: string;
  readonly typed: string;
}

/** `lost` comes back by itself; `stopped` does not, until somebody does what it says. */
export type ConnectionState =
  | { readonly kind: "connected" }
  | { readonly kind: "lost" | "stopped"; readonly why: string };

/** What people do. */
export type Heard = HeardCommand | HeardPress | HeardForm | HeardWords | HeardStop;

interface HeardBase {
  /** the same with each time that the platform tells it */
  readonly id: string;
  readonly who: Person;
  /** where it was done: a place of the channel */
  readonly place: string;
  /** the message in whose thread it was done */
  readonly thread: Posted | undefined;
  readonly reply: Reply;
}

/** Somebody, by the platform's own ids. */
export interface Person {
  readonly id: string;
  /** as others see them, where the platform says it */
  readonly name: string | undefined;
  /** as nobody else there is called, where the platform says it */
  readonly handle: string | undefined;
  /** by the platform's ids, where it has roles */
  readonly roles: readonly string[];
  /** may manage the server, where the platform says so with each thing that is done */
  readonly isManager: boolean;
}

/** Somebody typed a command. */
export interface HeardCommand extends HeardBase {
  readonly kind: "command";
  /** what was typed, without the name of the app: `start web fix the tests` */
  readonly words: readonly string[];
  /** options that the platform asked for by their names */
  readonly named: Readonly<Record<string, string>>;
}

/** Somebody pressed a button. */
export interface HeardPress extends HeardBase {
  readonly kind: "press";
  /** the button's; whoever forges one may say anything */
  readonly button: string;
  /** where the button is */
  readonly message: Posted;
}

/** Somebody sent a form off. */
export interface HeardForm extends HeardBase {
  readonly kind: "form";
  readonly form: string;
  /** by the ids of its inputs: what was typed, or the ids of the options that were chosen */
  readonly values: Readonly<Record<string, readonly string[]>>;
  /** the message with the button that opened it */
  readonly message: Posted | undefined;
}

/** Somebody wrote in the thread of a message, ours or another one. */
export interface HeardWords extends HeardBase {
  readonly kind: "words";
  readonly thread: Posted;
  /** as people read it */
  readonly text: string;
  readonly files: readonly HeardFile[];
}

/** A file that somebody sent along. */
export interface HeardFile {
  readonly name: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
  /**
   * Fetches it.
   * @throws DeliveryError
   */
  read(mostBytes: number, signal?: AbortSignal): Promise<Uint8Array>;
}

/** Somebody stopped the session of a thread by the platform's own button. */
export interface HeardStop extends HeardBase {
  readonly kind: "stop";
  readonly thread: Posted;
}

/** Answers what somebody did, for as long as the platform allows, which is a quarter of an hour at least. */
export interface Reply {
  /**
   * Says something to that person alone, where the platform can.
   * @throws DeliveryError
   */
  tell(message: Message, signal?: AbortSignal): Promise<void>;
  /**
   * Says something to everybody, where it was done.
   * @throws DeliveryError
   */
  say(message: Message, signal?: AbortSignal): Promise<void>;
  /**
   * Of a press: puts another message in the place of the one with the button, also where only that person sees it. Of anything
   * else it is `tell`.
   * @throws DeliveryError
   */
  replace(message: Message, signal?: AbortSignal): Promise<void>;
}
