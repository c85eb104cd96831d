import { type OpenOptions, openSqlite } from "../file/sqlite.ts";
import { commitHere, commitInThread } from "./writer/committer.ts";
import { beginRestoredLife, logIdOf } from "./log/life.ts";
import { UnreadableRows } from "./sound-rows.ts";
import type { SupervisorStore } from "./store.ts";
import { Writer } from "./writer/writer.ts";

export interface SupervisorStoreOptions extends OpenOptions {
  /** a module that calls `serveWriter`: writes go to a thread of their own, and `onDeath` says that it died */
  readonly thread?: { readonly entry: URL; readonly onDeath: (error: Error) => void } | undefined;
}

/** Opens the supervisor's database, creating it where there is none. */
export function openSupervisorStore(options: SupervisorStoreOptions): SupervisorStore {
  const sqlite = openSqlite({
    ...options,
    onRestored(restored) {
      const logId = beginRestoredLife(restored, Date.now());
      options.onWarning?.(
        `its event log begins a new life, ${logId}: cursors of the one before are refused from now on`,
      );
    },
  });
  const { thread } = options;
  const writer = new Writer(
    thread === undefined ? commitHere(sqlite) : commitInThread(thread.entry, sqlite, thread.onDeath),
  );
  return {
    sqlite,
    writer,
    logId: logIdOf(sqlite.orm),
    unreadable: new UnreadableRows(),
    async close() {
      await writer.close();
      sqlite.close();
    },
  };
}
