import { Worker } from "node:worker_threads";
import { errorWords } from "../../error-words.ts";
import type { CheckpointEnd, CheckpointRequest } from "../../file/checkpointer.ts";
import type { SqliteInUse } from "../../file/sqlite.ts";
import { StoreError } from "../../store-error.ts";
import { commitGroup, type Group, type GroupResult } from "./commit-group.ts";
import { WriterDatabase } from "../writer-database.ts";
import type { FromWriter, ToWriter } from "./writer-thread.ts";

/** Commits groups, one after the other. */
export interface Committer {
  commit(group: Group): Promise<GroupResult>;
  /** moves what was committed into the main file, behind the groups that were handed over before */
  checkpoint(request: CheckpointRequest): Promise<CheckpointEnd>;
  close(): Promise<void>;
}

/** Commits on this thread: for tools and tests. */
export function commitHere(sqlite: SqliteInUse): Committer {
  const db = new WriterDatabase(sqlite);
  return {
    commit: async (group) => commitGroup(db, group),
    checkpoint: async (request) => sqlite.checkpoint(request),
    close: async () => undefined,
  };
}

/** A group on its way to another thread, and the memory that goes there with it, which is moved and not copied. */
interface PackedGroup {
  readonly group: Group;
  readonly moved: ReadonlySet<ArrayBuffer>;
}

/** A frame that has memory to itself takes it along; those that share some, as small ones do, are put together first. */
function pack({ writes, frames }: Group): PackedGroup {
  const sharing = frames.reduce((sum, { bytes }) => sum + (ownMemory(bytes) === undefined ? bytes.length : 0), 0);
  const together = new Uint8Array(sharing);
  const moved = new Set([together.buffer]);
  let end = 0;
  const packed = frames.map(({ nodeId, receivedAt, bytes }) => {
    const own = ownMemory(bytes);
    if (own !== undefined) {
      moved.add(own);
      return { nodeId, receivedAt, bytes: new Uint8Array(own) };
    }
    const start = end;
    end += bytes.length;
    together.set(bytes, start);
    return { nodeId, receivedAt, bytes: together.subarray(start, end) };
  });
  return { group: { writes, frames: packed }, moved };
}

/** The memory that these bytes alone are in. */
function ownMemory({ buffer, length }: Uint8Array): ArrayBuffer | undefined {
  return buffer instanceof ArrayBuffer && buffer.byteLength === length && length > 0 ? buffer : undefined;
}

/** Commits in a thread of its own, so that no reader and no socket waits for the disk. */
export function commitInThread(entry: URL, sqlite: SqliteInUse, onDeath: (error: Error) => void): Committer {
  const worker = new Worker(entry, { workerData: sqlite.forWriter, name: "hal-writer" });
  const groups: PromiseWithResolvers<GroupResult>[] = [];
  const checkpoints: PromiseWithResolvers<CheckpointEnd>[] = [];
  let closing = false;
  const die = (error: Error): void => {
    for (const { reject } of [...groups.splice(0), ...checkpoints.splice(0)]) reject(error);
    if (!closing) onDeath(error);
    closing = true;
  };
  worker.on("message", (message: FromWriter) => {
    if (message.kind === "committed") {
      groups.shift()?.resolve(message.result);
      return;
    }
    sqlite.noteCheckpoint(message.end);
    if (message.isAnswer) checkpoints.shift()?.resolve(message.end);
  });
  worker.on("error", (error) => die(new StoreError(`the database's writer failed: ${errorWords(error).message}`)));
  const exit = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  void exit.then(() => die(new StoreError("the database's writer has ended")));
  const ask = <T>(
    waiting: PromiseWithResolvers<T>[],
    message: ToWriter,
    moved: readonly ArrayBuffer[] = [],
  ): Promise<T> => {
    if (closing) return Promise.reject(new StoreError("the database's writer has ended"));
    const answer = Promise.withResolvers<T>();
    waiting.push(answer);
    worker.postMessage(message, moved);
    return answer.promise;
  };
  return {
    commit(group) {
      const packed = pack(group);
      return ask(groups, { kind: "commit", group: packed.group }, [...packed.moved]);
    },
    checkpoint: (request) => ask(checkpoints, { kind: "checkpoint", request }),
    close() {
      closing = true;
      worker.postMessage({ kind: "close" } satisfies ToWriter);
      return exit;
    },
  };
}
