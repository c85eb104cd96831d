import { pruneArrivals } from "@hal/store/supervisor";
import { capability } from "../capability.ts";
import type { Context as ChannelsContext } from "../channels/context.ts";
import { AnswerSender } from "./answer-sender.ts";
import type { Context } from "./context.ts";
import { followRested, followSessions, RESTS } from "./follow-sessions.ts";
import { IncomingMetrics } from "./incoming-metrics.ts";
import { IncomingWork } from "./incoming-work.ts";
import { incomingHandlers } from "./operations.ts";
import { sourceOf } from "./sources.ts";
import { OLDEST_MS, takeRequest } from "./take-request.ts";

/** Events behind which it may be known what came of a start. */
const OUTCOMES = /^command\./;
/** Events behind which work may begin that could not. */
const CHANGES =
  /^(session\.(idle|ended|error)|node\.online|opencode\.up|projects\.changed|hold\.released|interaction\.)/;

const HOUR_MS = 3_600_000;
const AT_ONCE = 1_000;

/** Webhooks in: services that have sessions started and prompted by rules. */
export const incoming = capability<ChannelsContext, Context>()({
  name: "incoming",
  open(below, { used, closers }) {
    const isEnabled = (sender: string): boolean | undefined => sourceOf(used().incoming, sender)?.enabled;
    const answers = new AnswerSender({ ...below, used });
    closers.add("answers", () => answers[Symbol.asyncDispose]());
    const work = new IncomingWork({ ...below, isEnabled, metrics: new IncomingMetrics(below.metrics.registry) });
    closers.add("work for webhooks", () => work[Symbol.asyncDispose]());
    return {
      incoming: {
        work,
        answers,
        isEnabled,
        take: async (request) => {
          const taken = await takeRequest(below, used().incoming, request);
          if (taken.status === 202) work.wake();
          return taken;
        },
      },
    };
  },
  handlers: incomingHandlers,
  onAppended({ incoming: { work } }, { counts }) {
    if (!work.isWaiting) return;
    const types = Object.keys(counts);
    if (types.some((type) => CHANGES.test(type))) work.hurry();
    else if (types.some((type) => OUTCOMES.test(type))) work.wake();
  },
  followers: (context) => [
    {
      name: "incoming",
      types: RESTS,
      handle: (event) => followSessions({ ...context, answers: context.incoming.answers }, event),
    },
  ],
  timers: (context, { oftenMs, used }) => [
    {
      name: "webhooks in",
      everyMs: oftenMs,
      beat: () => {
        context.incoming.work.wake();
        context.incoming.answers.wake();
      },
    },
    {
      name: "answers to webhooks",
      everyMs: oftenMs,
      work: () => followRested({ ...context, answers: context.incoming.answers }),
    },
    { name: "old arrivals", everyMs: HOUR_MS, work: () => forget(context, used().database.retention_days) },
  ],
  liveKeys: ["incoming"],
  reload({ incoming: { work, answers } }, { changed }) {
    if (!changed.includes("incoming")) return;
    work.hurry();
    answers.wake();
  },
});

/** Lets old arrivals go, of which none can come again. */
async function forget({ store, clock }: Context, retentionDays: number): Promise<void> {
  if (retentionDays === 0) return;
  const keptMs = Math.max(retentionDays * 24 * HOUR_MS, 2 * OLDEST_MS);
  while ((await pruneArrivals(store, clock.now() - keptMs, AT_ONCE)) === AT_ONCE);
}
