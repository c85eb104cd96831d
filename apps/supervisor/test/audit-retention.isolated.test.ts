import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { startStage } from "./support/start.ts";

const DAY_MS = 86_400_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval"] }));
afterEach(() => void vi.useRealTimers());

it("rows of the audit that are older than their retention are deleted, and no others", async () => {
  await using stage = await startStage({}, { security: { audit: { retention_days: 90 } } });
  // two SQLites in one process do not see each other's locks
  await stage.restart(async () => {
    const database = new DatabaseSync(stage.database);
    const insert = database.prepare(
      "insert into audit_logs (timestamp, actor, action, args, result, surface) values (?, 'ada', ?, '{}', 'ok', 'http')",
    );
    for (const days of [400, 91, 89, 0])
      insert.run(new Date(Date.now() - days * DAY_MS).toISOString(), `${days} days ago`);
    database.close();
  });
  const left = async (): Promise<string[]> => {
    const answer = (await (await stage.get("/api/v1/audit?actor=ada")).json()) as {
      readonly data: { action: string }[];
    };
    return answer.data.map(({ action }) => action);
  };
  expect(await left()).toHaveLength(4);
  await vi.advanceTimersByTimeAsync(3_600_000);
  await expect.poll(left, { interval: 50 }).toEqual(["0 days ago", "89 days ago"]);
});
