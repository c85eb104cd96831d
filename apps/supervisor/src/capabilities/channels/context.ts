import type { Context as InboxContext } from "../inbox/context.ts";
import type { ChannelBook } from "./channel-book.ts";
import type { NoticeSender } from "./notice-sender.ts";

/** What sends notices to their targets. */
export interface Context extends InboxContext {
  readonly channels: ChannelBook;
  readonly noticeSender: NoticeSender;
}
