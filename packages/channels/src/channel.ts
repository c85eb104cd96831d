import type { Message } from "./message.ts";

/** Where messages are sent to: a platform with an account on it, or a webhook. */
export interface Channel extends AsyncDisposable {
  /** such as `discord` */
  readonly kind: string;
  readonly abilities: Abilities;
  /**
   * Looks whether messages would arrive, without sending one.
   * @param place one of the channel's, such as the id of a channel on Discord
   * @returns what is missing, each in one line that says what to do; nothing where all is well
   */
  check(place: string, signal?: AbortSignal): Promise<readonly string[]>;
  /**
   * Sends a message. Sent twice with the same `ref` it is there once, as far as the platform allows: where `abilities.finds` is
   * true, whoever does not know whether it arrived looks with `find` first.
   * @throws DeliveryError
   */
  post(post: Post, signal?: AbortSignal): Promise<Posted>;
  /**
   * Puts another message in the place of one that was sent. Nobody is called by it.
   * @throws DeliveryError `gone` where that message is there no more
   */
  edit(edit: Edit, signal?: AbortSignal): Promise<void>;
  /**
   * Looks for a message that was sent under `ref`, among the newest of its place.
   * @throws DeliveryError
   */
  find(sought: Pick<Post, "ref" | "place" | "thread">, signal?: AbortSignal): Promise<Posted | undefined>;
}

/** What a channel can; what it cannot it refuses with a DeliveryError `refused`. */
export interface Abilities {
  /** messages can be changed */
  readonly edits: boolean;
  /** messages can be put below another one, in its thread */
  readonly threads: boolean;
  /** `find` finds */
  readonly finds: boolean;
  /** buttons are shown, and report that they were pressed */
  readonly buttons: boolean;
}

/** A message to be sent. */
export interface Post {
  /** names it: 1 to 25 of `A-Z a-z 0-9 _ -`, the same with each try */
  readonly ref: string;
  readonly place: string;
  readonly message: Message;
  /** the message in whose thread it is put */
  readonly thread?: Posted;
  /** the same for programs, which a webhook sends instead of the message */
  readonly facts?: Facts;
}

/** What happened, for programs. */
export interface Facts {
  /** such as `session.error`: parts of `A-Z a-z 0-9 _` with dots in between */
  readonly type: string;
  /** when it happened, in milliseconds since 1970 */
  readonly at: number;
  /** goes through JSON */
  readonly data: Readonly<Record<string, unknown>>;
}

/** A message that was sent. */
export interface Posted {
  readonly place: string;
  /** the platform's id */
  readonly id: string;
}

export interface Edit {
  readonly posted: Posted;
  readonly message: Message;
}

/**
 * What became of a message that could not be sent:
 * `again`, it may go later; `refused`, this message never will; `gone`, the message that was to be changed is there no more;
 * `stopped`, nothing will arrive at this place until somebody does something, so that trying on does harm.
 */
export type DeliveryProblem = "again" | "refused" | "gone" | "stopped";

export interface DeliveryErrorOptions extends ErrorOptions {
  /** of `again`: not before so many milliseconds */
  readonly retryAfterMs?: number | undefined;
  /** whether it may have arrived all the same, such as where the connection broke before the answer */
  readonly isUncertain?: boolean | undefined;
}

/** Why a message could not be sent; its text is one line for people, without secrets. */
export class DeliveryError extends Error {
  override readonly name = "DeliveryError";
  readonly problem: DeliveryProblem;
  readonly retryAfterMs: number | undefined;
  readonly isUncertain: boolean;

  constructor(problem: DeliveryProblem, message: string, options: DeliveryErrorOptions = {}) {
    super(message, options);
    this.problem = problem;
    this.retryAfterMs = options.retryAfterMs;
    this.isUncertain = options.isUncertain ?? false;
  }
}
