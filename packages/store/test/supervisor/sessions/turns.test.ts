import { join } from "node:path";
import { idleReason, TURNS_AT_REST } from "@hal/protocol";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openSqlite } from "../../../src/file/sqlite.ts";
import { listSessions, UNTOLD } from "../../../src/supervisor/index.ts";
import { LogStage, migrationsBefore, NODE } from "../../support/log-stage.ts";

let stage: LogStage;
beforeAll(async () => {
  stage = await LogStage.open();
});
afterAll(() => stage[Symbol.asyncDispose]());

it("how turns stand is taken from the reasons of a database that an earlier version wrote", async () => {
  const rows: readonly [status: string, reason: string, turn: string | null][] = [
    ...TURNS_AT_REST.map((turn): [string, string, string] => ["idle", idleReason({ turn }), turn]),
    ["idle", idleReason({}), null],
    ["idle", UNTOLD, "untold"],
    ["error", "InterruptedError: opencode ended while it worked", "interrupted"],
    ["error", "APIError: InterruptedError: no", "failed"],
    ["starting", idleReason({ turn: "none" }), "none"],
    ["busy", "a turn is running", null],
    // words of a back end are no end of a turn
    ["retrying", idleReason({ turn: "finished" }), null],
  ];
  const file = join(stage.folder, "old.db");
  const old = openSqlite({ file, migrations: await migrationsBefore(stage.folder, "0028_turns_as_they_stand") });
  const insert = old.driver.prepare(
    `insert into sessions (node_id, id, project, title, status, status_reason, status_since, cost_micro_usd, tokens,
     tokens_total, compactions, external, started_at, last_activity_at)
     values (?, ?, 'p', '', ?, ?, 1, 0, '{}', 0, 0, 0, 1, 1)`,
  );
  for (const [index, [status, reason]] of rows.entries()) insert.run(NODE, `ses_${index}`, status, reason);
  old.close();
  await stage.goOnWith(file);
  const found = new Map((await listSessions(stage.store, { limit: 100 })).map(({ id, turn }) => [id, turn]));
  expect(rows.map((_row, index) => found.get(`ses_${index}`))).toEqual(rows.map(([, , turn]) => turn));
});
