import { afterEach, describe, expect, it, vi } from "vitest";
import { LogStage } from "../../support/log-stage.ts";
import { countSpentSince, spentSince } from "../../support/spent-since.ts";

const MIDNIGHT = Date.UTC(2026, 2, 8);
const answer = (id: string, createdAt: number, costMicroUsd: number) => ({
  type: "session.message",
  project: "p",
  session: `ses_${id}`,
  data: { messageId: id, role: "assistant", state: "complete", text: "x", model: "a/one", costMicroUsd, createdAt },
});

afterEach(() => void vi.unstubAllEnvs());

// I9
describe.each([
  ["UTC", 0],
  ["America/New_York", 300],
  ["Asia/Kathmandu", -345],
])("days where the clock on the wall is that of %s", (zone, behindMinutes) => {
  it("are those of UTC, from the first millisecond to the last", async () => {
    vi.stubEnv("TZ", zone);
    expect(new Date(MIDNIGHT).getTimezoneOffset()).toBe(behindMinutes);
    await using stage = await LogStage.open();
    await stage.tell(1, answer("before", MIDNIGHT - 1, 1), answer("first", MIDNIGHT, 10));
    await stage.tell(1, answer("last", MIDNIGHT + 86_399_999, 100), answer("after", MIDNIGHT + 86_400_000, 1_000));
    const sums = await Promise.all(
      [MIDNIGHT - 1, MIDNIGHT, MIDNIGHT + 86_399_999, MIDNIGHT + 86_400_000].map(async (since) => {
        const [spent] = await spentSince(stage.store, since);
        return [spent?.costMicroUsd, await countSpentSince(stage.store, since)];
      }),
    );
    expect(sums).toEqual([
      [1_111, 4],
      [1_110, 3],
      [1_110, 3],
      [1_000, 1],
    ]);
  });
});
