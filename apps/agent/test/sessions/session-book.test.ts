import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLogger } from "@hal/daemon";
import { type AgentStore, allTold, openAgentStore, outboxDepth } from "@hal/store/agent";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sourceRow } from "../../src/opencode/v1/source-row.ts";
import { Spending } from "../../src/capabilities/leases/spending.ts";
import { SessionBook } from "../../src/capabilities/sessions/session-book.ts";

const migrations = fileURLToPath(new URL("../../../../packages/store/migrations/agent", import.meta.url));
let directory: string;
let store: AgentStore;
let book: SessionBook;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "hal agent "));
  store = openAgentStore({ file: join(directory, "agent.db"), migrations });
  const log = createLogger({ name: "test", destination: { write: () => undefined } });
  const placement = { projectOf: () => "p", isExternal: () => false };
  book = new SessionBook(store, { placement, log, spending: new Spending(store, () => []) });
});
afterEach(async () => {
  store.sqlite.close();
  await rm(directory, { recursive: true });
});

describe("a book that tells everything anew", () => {
  const row = (seq: number, type: string, info: object): void => {
    const parsed = sourceRow({ aggregateID: "ses_1", seq, type, data: { info } });
    if (parsed !== undefined) book.open("ses_1").row(parsed);
  };
  const tellHalf = async (): Promise<void> => {
    row(0, "session.created.1", { id: "ses_1", directory: "/p", title: "t", time: { created: 1 } });
    row(1, "message.updated.1", { id: "msg_1", role: "user", time: { created: 2 } });
    await book.write();
  };

  it("keeps nothing of what is told in the middle of it by those who know only the rest", async () => {
    await tellHalf();
    const before = (await outboxDepth(store)).depth;
    const failures: unknown[] = [];
    book.onFailure = (error) => failures.push(error);
    await book.tellAnew();
    // the history that was asked for before begins here
    row(2, "message.updated.1", { id: "msg_1", role: "user", time: { created: 2 } });
    book.get("ses_1")?.runEnded("runEnded", 9);
    book.open("ses_1");
    book.add({ type: "opencode.down", at: 3, data: { reason: "gone" } });
    await book.write();
    expect(failures).toHaveLength(1);
    expect(await allTold(store)).toEqual(new Map());
    expect((await outboxDepth(store)).depth).toBe(before + 1);
  });

  it("knows no session when it was loaded, and tells from the beginning", async () => {
    await tellHalf();
    await book.tellAnew();
    expect(book.isForgotten).toBe(true);
    await book.load();
    expect(book.isForgotten).toBe(false);
    expect([...book.all()]).toEqual([]);
    await tellHalf();
    expect((await allTold(store)).size).toBe(1);
  });
});
