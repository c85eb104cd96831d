import type { FormInput, Message } from "@hal/channels";
import type { OperationName } from "@hal/protocol";
import type { NoticeRow } from "@hal/store/supervisor";

/** What a card shows just now. */
export interface Composed {
  readonly message: Message;
  /** what can be done from it, in this order */
  readonly acts?: readonly Act[];
  /** it is changed no more: what is told next has a card of its own */
  readonly isOver: boolean;
}

/** Something that is done by a button. */
export interface Act {
  /** what it is on its card: the same as long as it does the same */
  readonly key: string;
  readonly label: string;
  readonly style?: "main" | "plain" | "danger";
  readonly operation: OperationName;
  readonly input: Readonly<Record<string, unknown>>;
  /** what is asked of whoever presses it, first */
  readonly form?: ActForm;
}

/** The inputs are called after the fields of the operation that they fill: `message`, or `answers.0` for the first of several lists. */
export interface ActForm {
  readonly title: string;
  readonly text?: string;
  readonly submit: string;
  readonly inputs: readonly FormInput[];
}

export interface CardMoment {
  /** what is told just then, if anything */
  readonly notice?: NoticeRow | undefined;
  /** since when the card is there, in milliseconds since 1970 */
  readonly since: number;
}

/** Puts into words what is told. Who knows what there is to tell gives one to the sender. */
export interface Composer {
  /** How a subject is. Undefined where nothing is known of it any more. */
  card(subject: string, moment: CardMoment): Promise<Composed | undefined>;
  /** What a notice adds to its card, in the thread. */
  line(notice: NoticeRow): Message;
}
