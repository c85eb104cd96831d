import { afterEach, beforeEach, expect, it } from "vitest";
import { sessionRows } from "../../../src/supervisor/sessions/rows.ts";
import type { SessionRow } from "../../../src/supervisor/sessions/schema.ts";
import { Tx } from "../../../src/supervisor/tx.ts";
import { WriterDatabase } from "../../../src/supervisor/writer-database.ts";
import { LogStage, NODE } from "../../support/log-stage.ts";

let stage: LogStage;
let db: WriterDatabase;

beforeEach(async () => {
  stage = await LogStage.open();
  db = new WriterDatabase(stage.store.sqlite);
  await stage.tell(1, { type: "session.busy", session: "ses_1", project: "p", data: {} });
});
afterEach(() => stage[Symbol.asyncDispose]());

function titleOf(): string {
  return stage.store.sqlite.driver.prepare<[], string>("select title from sessions").pluck().get() ?? "";
}

function rename(tx: Tx, title: string): void {
  const rows = tx.of(sessionRows);
  rows.put({ ...(rows.get(NODE, "ses_1") as SessionRow), title });
}

it("changes a row in memory as often as it likes, and writes it when it is flushed", () => {
  const tx = new Tx(db, { nodeId: NODE, receivedAt: 2 });
  rename(tx, "a");
  rename(tx, "b");
  expect(tx.of(sessionRows).get(NODE, "ses_1")?.title).toBe("b");
  expect(titleOf()).toBe("");
  tx.flush();
  expect(titleOf()).toBe("b");
});

it("reads a row once, and anew when it was changed behind its back", () => {
  const tx = new Tx(db, { nodeId: NODE, receivedAt: 2 });
  expect(tx.of(sessionRows).get(NODE, "ses_1")?.title).toBe("");
  stage.store.sqlite.driver.exec("update sessions set title = 'behind'");
  expect(tx.of(sessionRows).get(NODE, "ses_1")?.title).toBe("");
  tx.of(sessionRows).forget();
  expect(tx.of(sessionRows).get(NODE, "ses_1")?.title).toBe("behind");
});

it("sets a parent that is learned later, and leaves it where nothing is said of it", async () => {
  const facts = { title: "t", createdAt: 1, updatedAt: 1 };
  const told = { type: "session.updated", session: "ses_1", project: "p" };
  const parent = () => stage.store.sqlite.driver.prepare("select parent_id from sessions").pluck().get();
  await stage.tell(2, { ...told, data: { ...facts, parentId: "ses_0" } });
  expect(parent()).toBe("ses_0");
  await stage.tell(3, { ...told, data: facts });
  expect(parent()).toBe("ses_0");
  await stage.tell(4, { ...told, data: { ...facts, parentId: "ses_9" } });
  expect(parent()).toBe("ses_9");
});

it("takes no two rows for one, whatever their keys are made of", () => {
  const tx = new Tx(db, { nodeId: NODE, receivedAt: 2 });
  const row = tx.of(sessionRows).get(NODE, "ses_1") as SessionRow;
  tx.of(sessionRows).put({ ...row, nodeId: "a", id: "b:c" });
  tx.of(sessionRows).put({ ...row, nodeId: "a:b", id: "c" });
  expect([...tx.of(sessionRows).here()]).toHaveLength(3);
});
