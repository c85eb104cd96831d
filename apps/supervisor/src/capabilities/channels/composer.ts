import type { FormInput, Message, SlackSessionStatus } from "@hal/channels";
import type { OperationName } from "@hal/protocol";
import type { DigestedRow, NoticeRow } from "@hal/store/supervisor";
import type { Digest } from "./domain/plan-telling.ts";

/** What a card shows just now. */
export interface Composed {
  readonly message: Message;
  /** what can be done from it, in this order */
  readonly acts?: readonly Act[];
  /** it is well, or rests: what happens next has a card of its own */
  readonly isOver: boolean;
  /** it says all that its notice does; else the notice is told in its thread, too, unless it has the same title */
  readonly saysAll?: boolean;
}

/** A button that somebody has pressed, and with success. */
export interface Pressed {
  readonly key: string;
  readonly label: string;
  readonly by: string;
  readonly at: number;
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

export type Standing = "asks" | "unwell" | "over";

export interface CardMoment {
  /** what is told just then, if anything */
  readonly notice?: NoticeRow | undefined;
  /** since when the card is there, in milliseconds since 1970 */
  readonly since: number;
  /** on this card, or another one of the same subject: the newest first */
  readonly pressed?: readonly Pressed[];
  /** there is a newer card of the same subject: this one shows only that it is an older one */
  readonly isOlder?: boolean;
}

/** What a button would do just now. */
export interface Judgement {
  /** why it does nothing, in one line; undefined where it would do something */
  readonly refusal?: string | undefined;
  /** what whoever presses it confirms first; undefined where nothing is to be confirmed */
  readonly confirmation?: Confirmation | undefined;
}

export interface Confirmation {
  readonly title: string;
  readonly text: string;
  readonly submit: string;
  /** what is to be typed */
  readonly word: string;
  /** of what it speaks: where that is another one when it is given, it counts for nothing */
  readonly footing: string;
}

/** Puts into words what is told. Who knows what there is to tell gives one to the sender. */
export interface Composer {
  /** How a subject is. Undefined where nothing is known of it any more. */
  card(subject: string, moment: CardMoment): Promise<Composed | undefined>;
  /** What a notice adds to its card, in the thread. */
  line(notice: NoticeRow): Message;
  /** How a subject is, in one word: `asks` a person something, is `unwell`, or `over`: it is well, or is no more. */
  standing(subject: string): Promise<Standing>;
  /** What several notices tell a target, in one message. */
  digest(kind: Digest, told: readonly DigestedRow[], target: string): Message;
  /** To which of some subjects something happened after one event and up to another one. */
  touched(subjects: ReadonlySet<string>, after: number, upTo: number): Promise<Set<string>>;
  /** What a button on a card would do. It answers without waiting: a form opens at once or not at all. */
  judge(subject: string, key: string): Judgement;
  /** What the sessions among some subjects do; what is not known is not there. */
  doing(subjects: readonly string[]): Promise<ReadonlyMap<string, Doing>>;
}

/** What a session does, for a platform that knows sessions of agents. */
export interface Doing {
  readonly status: SlackSessionStatus;
  readonly title: string;
}
