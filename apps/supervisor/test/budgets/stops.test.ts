import type { InboxItemView, WhyView } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Spender } from "../support/spender.ts";
import { startStage, type Stage } from "../support/start.ts";

let stage: Stage;
let one: Spender;
beforeEach(async () => {
  stage = await startStage(
    {},
    {
      budgets: [{ scope: "fleet", period: "day", limit_usd: 0.5 }],
      policies: { resume_on_idle: { enabled: true, idle_threshold_seconds: 0.001, retry_reset_seconds: 1 } },
    },
  );
  one = await new Spender(1).come(stage);
  await one.begin("ses_a");
});
afterEach(() => stage[Symbol.asyncDispose]());

async function get<T>(path: string): Promise<T> {
  return ((await (await stage.get(`/api/v1${path}`)).json()) as { data: T }).data;
}

const inbox = async (): Promise<InboxItemView[]> => (await get<{ items: InboxItemView[] }>("/inbox")).items;
const STOP = {
  budgetId: "fleet.day",
  budget: "the fleet: $0.50 a day",
  reason: "all is spent that this node may spend for the fleet: $0.50 a day",
};

/** Its turn was prompted, and stopped for the budget. */
async function stopped(changes: object = {}): Promise<void> {
  await one.tell("ses_a", "session.busy");
  await one.spend("ses_a", 510_000);
  await one.tell("ses_a", "budget.stopped", { ...STOP, ...changes });
  await one.tell("ses_a", "session.idle", { aborted: true, turn: "aborted" });
}

describe("a session that its agent stopped for a budget", () => {
  it("says so, with the figures and what lets it go on", async () => {
    await stopped();
    const why = await get<WhyView>("/why/ses_a");
    expect(why.findings.filter(({ topic }) => topic === "budget").map(({ text }) => text)).toEqual([
      expect.stringMatching(/^its agent stopped it: all is spent that this node may spend/),
      expect.stringMatching(/^the fleet: \$0\.50 a day is spent \(\$0\.51 of \$0\.50\), so nothing begins/),
    ]);
    expect(why.answer).toMatch(/Also: its agent stopped it/);
    expect(why.next[0]?.command).toMatch(/^halctl budgets raise fleet\.day/);
  });

  it("is in the inbox, as the budget is, until it goes on", async () => {
    await stopped();
    await expect
      .poll(async () => (await inbox()).map(({ id, kind, tier }) => [id, kind, tier]))
      .toEqual(
        expect.arrayContaining([
          ["fleet.day", "budget", "failed"],
          ["ses_a", "session", "stuck"],
        ]),
      );
    await one.tell("ses_a", "session.busy");
    expect((await inbox()).map(({ id }) => id)).not.toContain("ses_a");
  });

  it("that is critical went on, and is no item", async () => {
    await stopped({ critical: true });
    expect((await inbox()).map(({ id }) => id)).not.toContain("ses_a");
    const { findings } = await get<WhyView>("/why/ses_a");
    expect(findings.map(({ text }) => text)).toContainEqual(expect.stringMatching(/is critical, so it goes on/));
  });

  it("is left alone by policies, before and after the budget is raised", async () => {
    await stopped();
    const body = { to_usd: 5, reason: "go on" };
    expect((await stage.send("POST", "/api/v1/budgets/fleet.day/raise", body)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await get<unknown[]>("/commands")).toEqual([]);
  });
});
