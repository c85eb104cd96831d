import type { MessagePort } from "node:worker_threads";
import { connectSqlite } from "../../file/connect.ts";
import { commitGroup, type Group } from "./commit-group.ts";
import { WriterDatabase } from "../writer-database.ts";

/** The other end of `commitInThread`: answers each group in its order until it is told to close. */
export function serveWriter(port: MessagePort, file: string): void {
  const sqlite = connectSqlite(file);
  const db = new WriterDatabase(sqlite);
  port.on("message", (message: Group | "close") => {
    if (message === "close") {
      sqlite.close();
      port.close();
    } else {
      port.postMessage(commitGroup(db, message));
    }
  });
}
