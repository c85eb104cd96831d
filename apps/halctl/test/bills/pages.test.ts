import type { BillView, DriftView } from "@hal/protocol";
import { describe, expect, it } from "vitest";
import { billsPage, driftPage } from "../../src/capabilities/bills/pages.ts";
import { withoutPaint } from "../../src/output/paint.ts";
import { NOW } from "../support/views.ts";

const look = { wide: false, now: NOW, columns: undefined };

const bill = (more: Partial<BillView> = {}): BillView => ({
  provider: "anthropic",
  state: "working",
  reason: "it tells its bill",
  code: null,
  since: null,
  stale: false,
  asking: false,
  as_of: new Date(NOW - 60_000).toISOString(),
  next_poll_at: null,
  billed_today_usd: 1.5,
  billed_month_usd: 30,
  ledger_today_usd: 1.5,
  ledger_month_usd: 29.9,
  subscriptions: [],
  ...more,
});
const drift = (more: Partial<DriftView> = {}): DriftView => ({
  provider: "openai",
  day: "2026-11-27",
  ledger_usd: 3,
  billed_usd: 6,
  difference_usd: -3,
  drift_percent: -50,
  drifted: true,
  complete: true,
  reason: "other_users",
  explanation: "others use the same account",
  as_of: null,
  ...more,
});

describe("the page of providers", () => {
  it("has a mark at what is from earlier, and no zero for what was not told", () => {
    const page = withoutPaint(
      billsPage(
        {
          providers: [
            bill({ state: "failing", reason: "it failed (500)", stale: true }),
            bill({ provider: "openai", state: "untried", billed_today_usd: null, billed_month_usd: null, as_of: null }),
          ],
          note: "the note",
        },
        look,
      ),
    );
    expect(page).toMatch(/^anthropic +failing +\$1\.50\* +\$30\.00\* +\$1\.50 +\$29\.90 +60 s ago$/m);
    expect(page).toMatch(/^openai +untried +- +- /m);
    expect(page).toContain("anthropic: it failed (500)\n");
    expect(page).toMatch(/\nthe note\n$/);
  });

  it("has the nodes whose login is a subscription, of which no money is shown", () => {
    const resets = "2026-02-03T14:00:00.000Z";
    const login = { login: "0a1b2c3d", shared_with: ["tower"] };
    const subscriptions = [{ node_id: "n", node: "box", window: "used up", resets_at: resets, ...login }];
    const page = billsPage({ providers: [bill({ subscriptions })], note: "" }, look);
    expect(page).toContain(
      `  a subscription on box, which costs nothing by use: used up, resets at ${resets}; the same login is on tower\n`,
    );
  });
});

describe("the page of drift", () => {
  it("says of each day what both have, how far they are apart, and why", () => {
    const page = withoutPaint(
      driftPage(
        [
          drift(),
          drift({ day: "2026-11-26", drifted: false, difference_usd: 0, drift_percent: 0, explanation: "" }),
          drift({
            day: "2026-11-25",
            billed_usd: null,
            difference_usd: null,
            drift_percent: null,
            drifted: false,
            explanation: "",
          }),
        ],
        look,
      ),
    );
    expect(page).toMatch(/^2026-11-27 +openai +\$3\.00 +\$6\.00 +-\$3\.00 +-50\.00 % +drifted$/m);
    expect(page).toMatch(/^2026-11-26 .* agrees$/m);
    expect(page).toMatch(/^2026-11-25 +openai +\$3\.00 +- +- +- +not told$/m);
    expect(page).toContain("2026-11-27 openai: others use the same account\n");
  });
});
