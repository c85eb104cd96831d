import type { HalEvent } from "@hal/protocol";
import { inTransaction } from "../file/sqlite.ts";
import type { AgentStore } from "./open.ts";
import { appendToOutbox } from "./outbox.ts";
import { readableJson } from "./readable-json.ts";
import { progress } from "./schema.ts";

/** What is remembered of the progress file of a project in a directory. */
export interface KeptProgress<Memory> {
  readonly project: string;
  readonly directory: string;
  readonly memory: Memory;
}

/** All that is remembered; undefined in the place of what cannot be read. */
export async function keptProgress(store: AgentStore): Promise<KeptProgress<unknown>[]> {
  const rows = store.sqlite.orm.select().from(progress).all();
  return rows.map((row) => ({ ...row, memory: readableJson(row.memory) }));
}

/** Remembers what was seen, in one transaction with the event that tells it, if there is one. */
export async function recordProgress(
  store: AgentStore,
  { project, directory, memory }: KeptProgress<object>,
  event: HalEvent | undefined,
): Promise<void> {
  const text = JSON.stringify(memory);
  inTransaction(store, () => {
    if (event !== undefined) appendToOutbox(store, [event]);
    store.sqlite.orm
      .insert(progress)
      .values({ project, directory, memory: text })
      .onConflictDoUpdate({ target: [progress.project, progress.directory], set: { memory: text } })
      .run();
  });
}
