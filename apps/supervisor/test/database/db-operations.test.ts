import { existsSync, statSync } from "node:fs";
import type { AuditView, DbCheck, DbInfo } from "@hal/protocol";
import { fileURLToPath } from "node:url";
import { appendOwnEvents, openSupervisorStore } from "@hal/store/supervisor";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startStage, type Stage } from "../support/start.ts";

const migrations = fileURLToPath(new URL("../../../../packages/store/migrations/supervisor", import.meta.url));
const DAY = 86_400_000;

let stage: Stage;
beforeEach(async () => {
  stage = await startStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

async function get<T>(path: string): Promise<T> {
  return ((await (await stage.get(`/api/v1${path}`)).json()) as { data: T }).data;
}

async function post(path: string, body: object = {}): Promise<{ readonly status: number; readonly data: unknown }> {
  const response = await stage.send("POST", `/api/v1${path}`, body);
  return { status: response.status, ...((await response.json()) as { data: unknown }) };
}

describe("the database through the supervisor", () => {
  it("is backed up when somebody asks, one backup at a time, and info tells of it", async () => {
    const both = await Promise.all([post("/db/backup"), post("/db/backup")]);
    for (const { data } of both) expect(data).toMatchObject({ made: true, file: `${stage.database}.backup` });
    expect(existsSync(`${stage.database}.backup.tmp`)).toBe(false);
    const info = await get<DbInfo>("/db");
    expect(info.file).toBe(stage.database);
    expect(info.backup?.size_bytes).toBe(statSync(`${stage.database}.backup`).size);
    expect(info.free_bytes).toBeGreaterThan(0);
  });

  it("loses what is old, or counts only, and the audit says who did that", async () => {
    await stage.restart(async () => {
      const store = openSupervisorStore({ file: stage.database, migrations });
      const old = Date.now() - 100 * DAY;
      const own = { event: { type: "gap" as const, at: old, data: { reason: "test" } } };
      await appendOwnEvents(store, [own, own, own], old);
      await store.close();
    });
    const counted = await post("/db/prune", { older_than_ms: 90 * DAY, dry_run: true });
    expect(counted.data).toMatchObject({ dry_run: true, events: 2 });
    expect((await get<DbInfo>("/db")).events_at_most).toBe(3);
    expect((await post("/db/prune", { older_than_ms: 90 * DAY })).data).toMatchObject({ events: 2 });
    expect(await get<DbInfo>("/db")).toMatchObject({ events_at_most: 1, pruned_up_to: 2 });
    expect((await post("/db/prune", { older_than_ms: 1_000 })).status).toBe(400);
    await expect
      .poll(async () =>
        (await get<AuditView[]>("/audit?action=db.prune")).map(({ result, args }) => ({ result, args })),
      )
      .toContainEqual({ result: "ok", args: { older_than_ms: 90 * DAY, dry_run: true } });
  });

  it("is read through, and damage is told", async () => {
    expect(await get<DbCheck>("/db/check")).toMatchObject({ damage: [] });
    await stage.restart(async () => {
      const store = openSupervisorStore({ file: stage.database, migrations });
      // an index that does not have what it should: a start passes over that
      store.sqlite.driver.unsafeMode().exec(`
        create table hurt (a, b); create index hurt_a on hurt (a); insert into hurt values (1, 2);
        pragma writable_schema = on;
        update sqlite_schema set sql = 'create index hurt_a on hurt (b)' where name = 'hurt_a';
        pragma writable_schema = off;
      `);
      await store.close();
    });
    const { damage } = await get<DbCheck>("/db/check");
    expect(damage.join()).toContain("hurt_a");
    expect(stage.lines.join("")).toContain("the database is damaged");
  });
});
