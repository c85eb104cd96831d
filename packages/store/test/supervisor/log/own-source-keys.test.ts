import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqlite } from "../../../src/file/sqlite.ts";
import { appendOwnEvents, listEvents } from "../../../src/supervisor/index.ts";
import { LogStage, migrationsBefore, NODE } from "../../support/log-stage.ts";

let stage: LogStage;
beforeEach(async () => {
  stage = await LogStage.open();
});
afterEach(() => stage[Symbol.asyncDispose]());

const gap = (sourceKey: string) => ({ type: "gap", at: 1, sourceKey, data: { reason: "a reason" } }) as const;

async function gaps(): Promise<(string | null)[]> {
  const rows = await listEvents(stage.store, { type: "gap", limit: 100 });
  return rows.map(({ nodeId, sourceKey }) => `${nodeId ?? "own"} ${sourceKey}`).toSorted();
}

// I2
describe("an event of the supervisor's own that is about no node", () => {
  it("is in the log once for each source key, which is not one of a node", async () => {
    const own = [{ event: gap("k/1") }, { event: gap("k/2") }, { event: gap("k/1"), nodeId: NODE }];
    expect(await appendOwnEvents(stage.store, [...own, ...own], 1)).toHaveLength(3);
    expect(await appendOwnEvents(stage.store, own, 2)).toEqual([]);
    expect(await gaps()).toEqual([`${NODE} k/1`, "own k/1", "own k/2"]);
  });

  it("keeps its key where it came first, in a log that an earlier version wrote it to twice", async () => {
    const file = join(stage.folder, "old.db");
    const old = openSqlite({ file, migrations: await migrationsBefore(stage.folder, "0012_own_source_keys") });
    const insert = old.driver.prepare(
      "insert into events (node_id, source_key, at, received_at, type, data) values (?, ?, 1, 1, 'gap', '{}')",
    );
    for (const [node, key] of [
      [null, "k/1"],
      [null, "k/1"],
      [NODE, "k/1"],
      [null, null],
      [null, "k/2"],
    ])
      insert.run(node, key);
    old.close();
    await stage.goOnWith(file);
    expect(await gaps()).toEqual([`${NODE} k/1`, "own k/1", "own k/2", "own null", "own null"]);
    expect(await appendOwnEvents(stage.store, [{ event: gap("k/1") }, { event: gap("k/3") }], 2)).toEqual([gap("k/3")]);
  });
});
