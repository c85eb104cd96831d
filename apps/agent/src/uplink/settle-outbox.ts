import type { Welcome } from "@hal/protocol";
import { markAt, recordLog, outboxPosition, resetEpoch, takeBack } from "@hal/store/agent";
import type { Context } from "../context.ts";
import { judgeGreeting } from "./domain/greeting.ts";
import type { LinkEnd } from "./domain/retry.ts";

/** What a welcome comes to: the end of the link, or the place in the outbox behind which sending begins. */
export type Settled =
  | { readonly kind: "end"; readonly end: LinkEnd }
  | { readonly kind: "go on"; readonly epoch: string; readonly after: number; readonly unsent: number };

/** Brings the outbox and what a supervisor has committed of it together (protocol §4.5–4.6). */
export async function settleOutbox(context: Context, welcome: Welcome): Promise<Settled> {
  const { store } = context;
  const position = await outboxPosition(store);
  const { epoch, seq, mark } = welcome.acknowledged;
  if (epoch !== position.epoch)
    return { kind: "end", end: { kind: "failed", problem: "the supervisor answered about another outbox" } };
  const { resetEpoch: renew } = welcome;
  const standing = { ...position, markThere: await markAt(store, seq) };
  const greeting = judgeGreeting(standing, { seq, mark, resetEpoch: renew });
  if (greeting.kind === "renew") {
    await resetEpoch(store);
    // the log holds what this disk does not know to have told, and may end with what is not true any more
    await context.book.tellAnew();
    return { kind: "end", end: { kind: "renewed", why: greeting.why } };
  }
  await recordLog(store, welcome.supervisor.logId);
  const { after } = greeting;
  if (greeting.kind === "take back") await sendAgain(context, after);
  return { kind: "go on", epoch, after, unsent: position.lastSeq - after };
}

/** The supervisor has lost what it acknowledged: what is kept is sent again, and what is not is told anew. */
async function sendAgain({ log, store, clock, book }: Context, after: number): Promise<void> {
  const lost = await takeBack(store, after, clock.now());
  log.warn({ after, lost }, "the supervisor has lost events that it had acknowledged; sending them again");
  if (lost !== undefined) await book.tellAnew();
}
