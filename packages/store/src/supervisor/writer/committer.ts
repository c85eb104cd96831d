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

/** A group on its way to another thread: the bytes of all frames in one piece, which is moved and not copied. */
export interface PackedGroup {
  readonly writes: Group["writes"];
  readonly frames: readonly { readonly nodeId: string; readonly receivedAt: number; readonly end: number }[];
  readonly bytes: ArrayBuffer;
}

function pack({ writes, frames }: Group): PackedGroup {
  const all = new Uint8Array(frames.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let end = 0;
  const places = frames.map(({ nodeId, receivedAt, bytes }) => {
    all.set(bytes, end);
    end += bytes.length;
    return { nodeId, receivedAt, end };
  });
  return { writes, frames: places, bytes: all.buffer };
}

export function unpack({ writes, frames, bytes }: PackedGroup): Group {
  let start = 0;
  return {
    writes,
    frames: frames.map(({ nodeId, receivedAt, end }) => {
      const frame = { nodeId, receivedAt, bytes: new Uint8Array(bytes, start, end - start) };
      start = end;
      return frame;
    }),
  };
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
      worker.postMessage(packed, [packed.bytes]);
      return answer.promise;
    },
    close() {
      closing = true;
      worker.postMessage("close");
      return exit;
    },
  };
}
