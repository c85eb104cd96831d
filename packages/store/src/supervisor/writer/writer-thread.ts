import type { MessagePort } from "node:worker_threads";
import { errorWords } from "../../error-words.ts";
import { type CheckpointEnd, Checkpointer, type CheckpointRequest } from "../../file/checkpointer.ts";
import { connectSqlite } from "../../file/connect.ts";
import type { SqliteInUse } from "../../file/sqlite.ts";
import { commitGroup, type Group, type GroupResult } from "./commit-group.ts";
import { WriterDatabase } from "../writer-database.ts";

/** What the thread is started with. */
export type WriterData = SqliteInUse["forWriter"];

/** What the thread is told: each is answered in its order, but the last. */
export type ToWriter =
  | { readonly kind: "commit"; readonly group: Group }
  | { readonly kind: "checkpoint"; readonly request: CheckpointRequest }
  | { readonly kind: "close" };

/** What it tells. A checkpoint that nobody asked for answers nothing. */
export type FromWriter =
  | { readonly kind: "committed"; readonly result: GroupResult }
  | { readonly kind: "checkpoint"; readonly end: CheckpointEnd; readonly isAnswer: boolean };

/** The other end of `commitInThread`: answers until it is told to close. */
export function serveWriter(port: MessagePort, { file, fd, stamps }: WriterData): void {
  const sqlite = connectSqlite(file, { movesWal: false });
  const db = new WriterDatabase(sqlite);
  const checkpointer = new Checkpointer(sqlite.driver, fd, stamps);
  const tell = (message: FromWriter): void => port.postMessage(message);
  port.on("message", (message: ToWriter) => {
    switch (message.kind) {
      case "commit": {
        tell({ kind: "committed", result: commitGroup(db, message.group) });
        // whoever waits for the commit does not wait for this
        const end = attempt(() => checkpointer.relieve());
        if (end !== undefined) tell({ kind: "checkpoint", end, isAnswer: false });
        return;
      }
      case "checkpoint":
        tell({
          kind: "checkpoint",
          end: attempt(() => checkpointer.checkpoint(message.request)),
          isAnswer: true,
        });
        return;
      case "close":
        sqlite.close();
        port.close();
        return;
      default:
        message satisfies never;
    }
  });
}

function attempt<T>(work: () => T): T | CheckpointEnd {
  try {
    return work();
  } catch (error) {
    return { kind: "failed", problem: errorWords(error).message };
  }
}
