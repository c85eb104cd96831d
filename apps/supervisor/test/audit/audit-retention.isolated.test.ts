import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { startStage } from "../support/start.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What would be done each hour. */
let hourly: (() => void)[];

beforeEach(() => {
  hourly = [];
  const real = setInterval;
  vi.spyOn(globalThis, "setInterval").mockImplementation((work, ms) => {
    if (ms === HOUR_MS) hourly.push(work);
    return real(work, ms);
  });
});
afterEach(() => void vi.restoreAllMocks());

it("rows of the audit that are older than their retention are deleted, and no others", async () => {
  let now = Date.now();
  const clock = { now: () => now, monotonic: () => performance.now() };
  await using stage = await startStage({}, { security: { audit: { retention_days: 90 } } }, { clock });
  // two SQLites in one process do not see each other's locks
  await stage.restart(async () => {
    hourly = [];
    const database = new DatabaseSync(stage.database);
    const insert = database.prepare(
      "insert into audit_logs (timestamp, actor, action, args, result, surface) values (?, 'ada', ?, '{}', 'ok', 'http')",
    );
    const add = (name: string, ageMs: number) => void insert.run(new Date(now - ageMs).toISOString(), name);
    add("400 days", 400 * DAY_MS);
    add("one more moment", 90 * DAY_MS + 1);
    add("90 days", 90 * DAY_MS);
    add("now", 0);
    database.close();
  });
  const left = async (): Promise<string[]> => {
    const answer = (await (await stage.get("/api/v1/audit?actor=ada")).json()) as {
      readonly data: { action: string }[];
    };
    return answer.data.map(({ action }) => action);
  };
  expect(await left()).toHaveLength(4);
  for (const work of hourly) work();
  await expect.poll(left, { interval: 20 }).toEqual(["now", "90 days"]);
  now += 1;
  for (const work of hourly) work();
  await expect.poll(left, { interval: 20 }).toEqual(["now"]);
});
