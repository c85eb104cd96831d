import type { Context as InboxContext } from "../inbox/context.ts";
import type { ChannelBook } from "./channel-book.ts";
import type { NoticeSender } from "./notice-sender.ts";
import type { Volume } from "./volume.ts";

/** What sends notices to their targets. */
export interface Context extends InboxContext {
  readonly channels: ChannelBook;
  readonly noticeSender: NoticeSender;
  /** how much a target is told, and when, as it is now; undefined of one for programs */
  readonly volumeOf: (target: string) => Volume | undefined;
}
