import { statSync } from "node:fs";
import { openCommandsByState } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import type { State } from "./domain/state.ts";
import { nodeStatuses } from "../nodes/node-statuses.ts";
import { sessionsByStatus } from "./operations.ts";

/** Looks at everything that the gauges of `/metrics` show. */
export async function lookAtState(context: Context): Promise<State> {
  const { store, clock, links, live, readers, differences, storage, maintenance } = context;
  const now = clock.now();
  const nodes = { online: 0, degraded: 0, offline: 0 };
  for (const { status } of (await nodeStatuses(context)).values()) nodes[status.status] += 1;
  const open = await openCommandsByState(store);
  const all = [...links.all()];
  return {
    connections: all.length,
    nodes,
    sessions: await sessionsByStatus(context),
    silentMs: highest(all.map(({ lastFrameAt }) => clock.monotonic() - lastFrameAt)),
    outbox: outboxOf(all.map(({ report }) => report.outbox)),
    commands: Object.fromEntries(
      open.map(({ state, count, oldestAt }) => [state, { count, oldestMs: Math.max(0, now - oldestAt) }]),
    ),
    followers: readers.lags(context.events.newestId),
    named: Object.fromEntries(
      context.followers.reports.map(({ name, lagEvents, stuck, setAside }) => [
        name,
        { lagEvents, isStuck: stuck !== undefined, setAside: setAside.count },
      ]),
    ),
    watchers: live.watchers,
    differences: differences.count,
    database: {
      sizeBytes: sizeOf(store.sqlite.file),
      walBytes: sizeOf(`${store.sqlite.file}-wal`),
      backupAt: statSync(`${store.sqlite.file}.backup`, { throwIfNoEntry: false })?.mtimeMs ?? 0,
      check: maintenance.check,
      isWritable: storage.problem === undefined,
    },
  };
}

function outboxOf(reports: readonly { depth: number; bytes: number; oldestMs: number }[]): State["outbox"] {
  const events = reports.map(({ depth }) => depth);
  const bytes = reports.map((report) => report.bytes);
  return {
    events: sum(events),
    eventsMax: highest(events),
    bytes: sum(bytes),
    bytesMax: highest(bytes),
    oldestMs: highest(reports.map(({ oldestMs }) => oldestMs)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function highest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
