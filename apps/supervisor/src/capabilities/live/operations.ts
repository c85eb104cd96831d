import { HalError, type ParsedInput, type WatchItem, watchItemOf } from "@hal/protocol";
import { nodeById } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { StreamItem } from "../../domain/stream-item.ts";
import type { Caller } from "../../operations/handler.ts";
import type { LaneState, Watcher } from "./live-lane.ts";
import { statusOf } from "../nodes/node-statuses.ts";
import { resolveSession } from "../references/resolve-session.ts";

/**
 * The text of a session as it is written, for as long as somebody takes it. It says first whether text can come, and
 * again whenever that changes. A watcher that is slow gets fewer pieces.
 */
export async function sessionsWatch(
  context: Context,
  raw: unknown,
  caller: Caller,
): Promise<AsyncIterable<readonly StreamItem[]>> {
  const { ref } = raw as ParsedInput<"sessions.watch">;
  const session = await resolveSession(context, ref);
  if (session.status === "ended")
    throw new HalError("conflict", `session ${session.id} has ended; read it: halctl sessions logs ${session.id}`);
  const signal = AbortSignal.any([caller.signal, context.stopping]);
  const watcher = context.live.join(context.links.get(session.nodeId), session.nodeId, session.id);
  // a stream that nobody begins to read is left, too
  const leave = (): void => watcher[Symbol.dispose]();
  if (signal.aborted) leave();
  else signal.addEventListener("abort", leave, { once: true });
  return follow(context, session.nodeId, watcher, signal);
}

async function* follow(
  context: Context,
  nodeId: string,
  watcher: Watcher,
  signal: AbortSignal,
): AsyncGenerator<readonly StreamItem[]> {
  let said: LaneState | undefined;
  try {
    while (!signal.aborted) {
      const woken = watcher.arm(signal);
      const { state } = watcher;
      if (state !== said) yield [new StreamItem(await laneItem(context, nodeId, state))];
      said = state;
      for (let piece = watcher.next(); piece !== undefined; piece = watcher.next())
        yield [new StreamItem(watchItemOf(piece))];
      await woken;
    }
  } finally {
    watcher[Symbol.dispose]();
  }
}

async function laneItem(context: Context, nodeId: string, state: LaneState): Promise<WatchItem> {
  const row = await nodeById(context.store, nodeId);
  const name = row?.name ?? nodeId;
  switch (state) {
    case "open":
      return { kind: "lane", open: true, reason: `text comes from ${name} as it is written` };
    case "away": {
      const why = row === undefined ? "offline" : statusOf(context, row).reason;
      return { kind: "lane", open: false, reason: `node ${name} is ${why}; text comes when it is back` };
    }
    case "unable":
      return {
        kind: "lane",
        open: false,
        reason: `the agent of ${name} (${row?.version ?? "?"}) tells no text before it is final; update it`,
      };
    default:
      return state satisfies never;
  }
}
