import { describe, expect, it } from "vitest";
import { type PollRow, standingOf } from "../../src/capabilities/bills/domain/bill-standing.ts";

const MINUTE_MS = 60_000;
const NOW = Date.UTC(2026, 10, 28, 12);
const about = { now: NOW, intervalMs: 60 * MINUTE_MS };
const row = (more: Partial<PollRow> = {}): PollRow => ({
  state: "working",
  code: null,
  reason: null,
  since: NOW - 3_600_000,
  toldAt: NOW - MINUTE_MS,
  note: null,
  ...more,
});

describe("a provider that is asked for its bill", () => {
  it.each([
    ["untried before it was asked", undefined, { state: "untried", stale: false }],
    ["working", row(), { state: "working", stale: false, since: NOW - 3_600_000 }],
    [
      "stale where nobody asked it for two intervals",
      row({ toldAt: NOW - 130 * MINUTE_MS }),
      { state: "stale", stale: true },
    ],
    [
      "failing, with what it told before it",
      row({ state: "failing", code: "unavailable", reason: "it failed (500)", toldAt: NOW - 20 * MINUTE_MS }),
      {
        state: "failing",
        code: "unavailable",
        stale: true,
        reason: "it failed (500); its figures are from 20 min ago",
      },
    ],
    [
      "failing, and nothing was told",
      row({ state: "failing", code: "unauthorized", reason: "it refuses its key", toldAt: null }),
      { state: "failing", stale: false, reason: "it refuses its key; it has told nothing yet" },
    ],
    ["working with what it does not tell", row({ note: "no day that is over" }), { reason: "no day that is over" }],
  ])("is %s", (_name, kept, standing) => {
    expect(standingOf(kept, about)).toMatchObject(standing);
  });
});
