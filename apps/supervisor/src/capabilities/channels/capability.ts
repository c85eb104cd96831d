import { retryTarget } from "@hal/store/supervisor";
import { capability } from "../capability.ts";
import type { Context as InboxContext } from "../inbox/context.ts";
import { ChannelBook } from "./channel-book.ts";
import type { Context } from "./context.ts";
import { channelGauges } from "./gauges.ts";
import { NoticeMetrics } from "./notice-metrics.ts";
import { NoticeSender } from "./notice-sender.ts";
import { channelHandlers } from "./operations.ts";
import { volumeOf as volumeOfTarget } from "./volume.ts";

/** Where people and programs are told, and the queue of what they are told. */
export const channels = capability<InboxContext, Context>()({
  name: "channels",
  async open(below, { config, used, closers }) {
    const book = await ChannelBook.open(config.channels, below);
    closers.add("channels", () => book[Symbol.asyncDispose]());
    const noticeMetrics = new NoticeMetrics(below.metrics.registry);
    const volumeOf: Context["volumeOf"] = (target) => volumeOfTarget(used(), target);
    const noticeSender = new NoticeSender({ ...below, channels: book, noticeMetrics, volumeOf });
    closers.add("notices", () => noticeSender[Symbol.asyncDispose]());
    return { channels: book, noticeSender, volumeOf };
  },
  handlers: channelHandlers,
  gauges: channelGauges,
  timers: ({ noticeSender }, { oftenMs }) => [{ name: "notices", everyMs: oftenMs, beat: () => noticeSender.wake() }],
  liveKeys: ["channels.webhooks", "channels.n8n", "channels.discord", "channels.slack"],
  async reload(context, { next, changed }) {
    const { channels: book, noticeSender, store, clock } = context;
    if (!changed.some((key) => key.startsWith("channels."))) return;
    const stoppedUpTo = clock.now();
    const opened: readonly string[] = await book.reload(next.channels);
    // whoever changed how a platform is reached saw to what was wrong with it, and not to what is wrong with the new way
    for (const { name, channel } of book.all)
      if (opened.includes(channel.kind))
        await retryTarget(store, name, { by: "SIGHUP", now: clock.now(), stoppedUpTo });
    noticeSender.wake();
  },
});
