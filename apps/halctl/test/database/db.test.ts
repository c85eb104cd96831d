import type { DbBackup, DbCheck } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ContractServer, startContractServer } from "../support/contract-server.ts";
import { halctl } from "../support/run.ts";

describe("halctl db", () => {
  let backup: DbBackup = { made: true, file: "/s.db.backup", size_bytes: 2048, reason: null };
  let check: DbCheck = { damage: [], duration_ms: 1_500 };
  let server: ContractServer;
  beforeAll(async () => {
    server = await startContractServer({
      "db.backup": () => backup,
      "db.check": () => check,
      "db.prune": ({ dry_run }) => ({
        dry_run,
        events: 1234,
        messages: 0,
        interactions: 0,
        commands: 0,
        idempotency_keys: 5,
      }),
      "db.info": () => ({
        file: "/s.db",
        size_bytes: 2048,
        wal_bytes: 0,
        free_bytes: 4096,
        log_id: "abc",
        schema_version: 4,
        events_at_most: 1,
        oldest_event_at: null,
        newest_event_at: null,
        pruned_up_to: 0,
        backup: null,
      }),
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it("backs up, and fails with the reason where none was made", async () => {
    expect(await halctl(server.url, ["db", "backup"])).toMatchObject({ code: 0, out: "/s.db.backup, 2.0 KiB\n" });
    backup = { made: false, file: "/s.db.backup", size_bytes: null, reason: "1 MiB are free" };
    expect(await halctl(server.url, ["db", "backup"])).toMatchObject({
      code: 1,
      out: "no backup was made: 1 MiB are free\n",
    });
  });

  it("ends with 1 where there is damage", async () => {
    expect(await halctl(server.url, ["db", "check"])).toMatchObject({ code: 0, out: "ok, after 2 s\n" });
    check = { damage: ["row 3 missing from index"], duration_ms: 9 };
    const { code, out } = await halctl(server.url, ["db", "check"]);
    expect(code).toBe(1);
    expect(out).toMatch(/hal-supervisor db restore FILE\nrow 3/);
  });

  it("prunes what is older than 90 days, or what is asked for", async () => {
    const { out } = await halctl(server.url, ["db", "prune", "--dry-run"]);
    expect(out).toMatch(/^would be deleted\nevents +1,234\n/);
    await halctl(server.url, ["db", "prune", "--older-than", "12h"]);
    expect(server.calls.slice(-2).map(({ input }) => input)).toEqual([
      { older_than_ms: 90 * 86_400_000, dry_run: true },
      { older_than_ms: 12 * 3_600_000 },
    ]);
  });

  it("tells what there is", async () => {
    const { out } = await halctl(server.url, ["db", "info"]);
    expect(out).toMatch(/room +4\.0 KiB free/);
    expect(out).toMatch(/backup +none/);
  });
});
