import { addWeight, type AgentStore, readCount, readWeight } from "./open.ts";
import { weightOf } from "./statements.ts";

/** How many droppable facts give way at once, so that a full outbox is not searched for each event. */
const STEP = 5_000;

interface Run {
  readonly from: number;
  to: number;
  count: number;
}

/**
 * Over the limit, the oldest facts that are only progress give way, each run of them to a gap that says so (protocol
 * §4.1). `full` where that is not enough.
 */
export function makeRoom(store: AgentStore): "room" | "full" {
  if (!isOver(store)) return "room";
  for (const run of runsOf(store.statements.droppable.all(readCount(store, "acked"), STEP).map(({ seq }) => seq)))
    replaceByGap(store, run);
  return isOver(store) ? "full" : "room";
}

function isOver(store: AgentStore): boolean {
  const { events, bytes } = readWeight(store, "unsent");
  return events > store.limits.events || bytes > store.limits.bytes;
}

function runsOf(seqs: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (const seq of seqs) {
    const last = runs.at(-1);
    if (last !== undefined && last.to === seq - 1) {
      last.to = seq;
      last.count += 1;
    } else runs.push({ from: seq, to: seq, count: 1 });
  }
  return runs;
}

function replaceByGap(store: AgentStore, { from, to, count }: Run): void {
  const { statements } = store;
  const at = statements.at.get(to)?.at ?? 0;
  const freed = statements.weightBetween.get(from - 1, to)?.bytes ?? 0;
  statements.removeRun.run(from, to);
  const data = JSON.stringify({ from, to, count, reason: "outbox_full" });
  statements.append.run({ seq: to, at, type: "gap", sourceKey: null, project: null, sessionId: null, data });
  addWeight(store, "unsent", { events: 1 - count, bytes: weightOf(data) - freed });
}
