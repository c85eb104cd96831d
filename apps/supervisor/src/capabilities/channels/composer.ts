import type { Message } from "@hal/channels";
import type { NoticeRow } from "@hal/store/supervisor";

/** What a card shows just now. */
export interface Composed {
  readonly message: Message;
  /** it is changed no more: what is told next has a card of its own */
  readonly isOver: boolean;
}

/** Puts into words what is told. Who knows what there is to tell gives one to the sender. */
export interface Composer {
  /** How a subject is; `notice` is what is told of it just then, if anything. Undefined where nothing is known of it any more. */
  card(subject: string, notice?: NoticeRow): Promise<Composed | undefined>;
  /** What a notice adds to its card, in the thread. */
  line(notice: NoticeRow): Message;
}
