import { Worker } from "node:worker_threads";
import { errorWords } from "../../error-words.ts";
import type { Sqlite } from "../../file/sqlite.ts";
import { StoreError } from "../../store-error.ts";
import { commitGroup, type Group, type GroupResult } from "./commit-group.ts";
import { WriterDatabase } from "../writer-database.ts";

/** Commits groups, one after the other. */
export interface Committer {
  commit(group: Group): Promise<GroupResult>;
  close(): Promise<void>;
}

/** Commits on this thread: for tools and tests. */
export function commitHere(sqlite: Sqlite): Committer {
  const db = new WriterDatabase(sqlite);
  return {
    commit: async (group) => commitGroup(db, group),
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
export function commitInThread(entry: URL, file: string, onDeath: (error: Error) => void): Committer {
  const worker = new Worker(entry, { workerData: { file }, name: "hal-writer" });
  const waiting: PromiseWithResolvers<GroupResult>[] = [];
  let closing = false;
  const die = (error: Error): void => {
    for (const { reject } of waiting.splice(0)) reject(error);
    if (!closing) onDeath(error);
    closing = true;
  };
  worker.on("message", (result: GroupResult) => waiting.shift()?.resolve(result));
  worker.on("error", (error) => die(new StoreError(`the database's writer failed: ${errorWords(error).message}`)));
  const exit = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  void exit.then(() => die(new StoreError("the database's writer has ended")));
  return {
    commit(group) {
      if (closing) return Promise.reject(new StoreError("the database's writer has ended"));
      const answer = Promise.withResolvers<GroupResult>();
      waiting.push(answer);
      const packed = pack(group);
      worker.postMessage(packed.group, [...packed.moved]);
      return answer.promise;
    },
    close() {
      closing = true;
      worker.postMessage("close");
      return exit;
    },
  };
}
