import { type BillingDouble, type BillingFault, type BillingOptions, startBilling } from "@hal/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { askForBills } from "../../src/billing/ask-for-bills.ts";
import type { BillAccess, BillAnswer } from "../../src/capabilities/bills/bill-source.ts";

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 28, 12);
const TODAY = Math.floor(NOW / DAY_MS);
const KEYS = { anthropic: "sk-ant-admin-secret-1", openai: "sk-admin-secret-1", openrouter: "sk-or-secret-1" };
type Provider = keyof typeof KEYS;
const PROVIDERS = Object.keys(KEYS) as Provider[];

let double: BillingDouble;
const open = async (options: BillingOptions = {}): Promise<void> => {
  await double?.[Symbol.asyncDispose]();
  double = await startBilling({ keys: KEYS, now: () => NOW, ...options });
};
beforeEach(() => open());
afterEach(() => double[Symbol.asyncDispose]());

async function ask(
  provider: Provider,
  {
    access = {},
    from = TODAY - 31,
    signal = new AbortController().signal,
    timeoutMs = 20_000,
  }: { access?: Partial<BillAccess>; from?: number; signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<BillAnswer> {
  const asking = { userAgent: "hal-supervisor/test", now: () => NOW, timeoutMs };
  const whole = { provider, key: KEYS[provider], baseUrl: double.url, ...access };
  return askForBills(asking)(whole, { from, to: TODAY }, signal);
}

const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
const costOf = ({ reports }: BillAnswer, wanted: number): number | undefined => {
  const told = reports.find(({ report }) => report === "cost")?.days.find((one) => one.day === wanted);
  return told?.lines.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
};

/** Models, tiers and accounts in a way that a bill has to be added up from many lines. */
function serveMany(provider: Provider): void {
  for (let index = 0; index < 60; index += 1)
    double.served({
      provider,
      model: index % 3 === 0 ? "model-a-20260101" : "model-b",
      tokens: { input: 7_001 + index, output: 313, cacheRead: 12_345, cacheWrite5m: 11, cacheWrite1h: index },
      at: NOW - (index % 20) * DAY_MS,
      ...(index % 5 === 0 ? { tier: "batch" as const } : {}),
      ...(index % 7 === 0 ? { account: "wrk_2" } : {}),
    });
}

describe("bills that are asked for", () => {
  it.each([
    ["anthropic", {}],
    ["anthropic", { pageSize: 3 }],
    ["openai", {}],
    ["openai", { pageSize: 4, amountsAsText: true }],
    ["openrouter", {}],
  ] as const)("are what was served, to the nano-dollar: %s %j", async (provider, options) => {
    await open(options);
    serveMany(provider);
    const answer = await ask(provider);
    expect(answer.problem).toBeUndefined();
    for (let back = provider === "openrouter" ? 1 : 0; back < 20; back += 1) {
      const nano = Number(double.truth(provider, day(NOW - back * DAY_MS))) / 1_000;
      // each line is rounded by itself
      expect(Math.abs((costOf(answer, TODAY - back) ?? Number.NaN) - nano)).toBeLessThan(30);
    }
    expect(answer.reports.map(({ report }) => report)).toEqual(["cost", "usage"]);
    expect(double.requests.every(({ userAgent }) => userAgent === "hal-supervisor/test")).toBe(true);
  });

  it("tell tokens apart by model and tier, without what came from a cache among the input", async () => {
    for (const provider of ["anthropic", "openai"] as const) {
      double.served({
        provider,
        model: "m",
        tokens: { input: 10, output: 5, cacheRead: 90, cacheWrite5m: 3 },
        at: NOW,
      });
      const usage = (await ask(provider)).reports.find(({ report }) => report === "usage");
      expect(usage?.days.at(-1)?.lines).toMatchObject([
        { model: "m", inputTokens: 10, outputTokens: 5, cacheReadTokens: 90, cacheWriteTokens: 3 },
      ]);
    }
  });

  it("tell of OpenRouter no day that is not complete, and with another key what that key used today", async () => {
    const tokens = { input: 1_000_000, output: 0 };
    for (const at of [NOW, NOW - DAY_MS]) double.served({ provider: "openrouter", model: "openai/gpt", tokens, at });
    const managed = await ask("openrouter");
    expect([costOf(managed, TODAY), costOf(managed, TODAY - 1), costOf(managed, TODAY - 2)]).toEqual([
      undefined,
      3_000_000_000,
      0,
    ]);
    await open({ isManagement: false });
    double.served({ provider: "openrouter", model: "openai/gpt", tokens, at: NOW });
    const plain = await ask("openrouter");
    expect([costOf(plain, TODAY), costOf(plain, TODAY - 1), plain.problem]).toEqual([
      3_000_000_000,
      undefined,
      undefined,
    ]);
    expect(plain.note).toContain("no management key");
  });

  it("keep what came as it came", async () => {
    double.served({ provider: "anthropic", model: "m", tokens: { input: 1, output: 1 }, at: NOW });
    const { reports } = await ask("anthropic");
    const raw = JSON.parse(reports[0]?.days.at(-1)?.raw ?? "") as { results: object[] };
    expect(raw.results[0]).toMatchObject({ amount: "0.0003", cost_type: "tokens", inference_geo: null });
  });

  const FAULTS: readonly [BillingFault, code: string, reason: RegExp][] = [
    [{ kind: "status", status: 401 }, "unauthorized", /refuses its key/],
    [{ kind: "status", status: 404 }, "not_found", /look at cost\.providers\..*base_url/],
    [{ kind: "status", status: 429, retryAfter: "90" }, "rate_limited", /too often/],
    [{ kind: "status", status: 500 }, "unavailable", /500/],
    [{ kind: "status", status: 529 }, "unavailable", /overloaded/],
    [{ kind: "status", status: 418 }, "refused", /418/],
    [{ kind: "cut" }, "unreachable", /cannot be reached/],
    [{ kind: "slow" }, "timed_out", /within 0\.5 s/],
    [{ kind: "not json" }, "unreadable", /no JSON/],
    [{ kind: "wrong shape" }, "unreadable", /./],
    [{ kind: "wrong shape", body: [] }, "unreadable", /no report/],
    [{ kind: "huge" }, "unreadable", /longer than/],
    [{ kind: "redirect", to: "http://127.0.0.1:1/" }, "refused", /goes nowhere else/],
  ];
  it.each(PROVIDERS.flatMap((provider) => FAULTS.map((one) => [provider, ...one] as const)))(
    "of %s that come to nothing by %j say why, and no figure",
    async (provider, fault, code, reason) => {
      serveMany(provider);
      double.fail(provider, fault);
      const answer = await ask(provider, fault.kind === "slow" ? { timeoutMs: 500 } : {});
      expect(answer).toMatchObject({ reports: [], problem: { code, reason: expect.stringMatching(reason) } });
      const retryAfter = fault.kind === "status" ? fault.retryAfter : undefined;
      expect(answer.problem?.retryAfterMs).toBe(retryAfter === undefined ? undefined : Number(retryAfter) * 1_000);
      expect(JSON.stringify(answer)).not.toContain(KEYS[provider]);
    },
  );

  it.each([{ kind: "endless" }, { kind: "endless", sameToken: true }] as const)(
    "that have no end are given up: %j",
    async (fault) => {
      for (const provider of ["anthropic", "openai"] as const) {
        double.fail(provider, fault);
        expect((await ask(provider)).problem?.code).toBe("unreadable");
      }
      expect(double.requests.length).toBeLessThan(300);
    },
  );

  it("are whole or not there: a page that fails leaves none of its report", async () => {
    await open({ pageSize: 5 });
    serveMany("anthropic");
    double.fail("anthropic", { kind: "status", status: 500 }, { path: "&page=" });
    const failed = await ask("anthropic");
    expect([failed.reports, failed.problem?.code]).toEqual([[], "unavailable"]);
    expect(double.requests.map(({ status }) => status)).toEqual([200, 500]);
    double.fail("anthropic", undefined);
    double.fail("anthropic", { kind: "wrong shape" }, { path: "usage_report" });
    const half = await ask("anthropic");
    expect([half.reports.map(({ report }) => report), half.problem]).toEqual([
      ["cost"],
      { code: "unreadable", reason: expect.stringMatching(/^of its report of usage: /) },
    ]);
  });

  it.each([
    ["an amount in words", { amount: "a lot", currency: "USD" }],
    ["another currency", { amount: "1", currency: "EUR" }],
    ["no amount", { currency: "USD" }],
  ])("with %s are unreadable", async (_name, result) => {
    const body = { data: [{ starting_at: "2026-11-28T00:00:00Z", results: [result] }], has_more: false };
    double.fail("anthropic", { kind: "wrong shape", body }, { path: "cost_report" });
    const { reports, problem } = await ask("anthropic");
    expect([reports.map(({ report }) => report), problem?.code]).toEqual([["usage"], "unreadable"]);
  });

  it("are asked for with no key that a header does not take, which is in no message", async () => {
    const { problem } = await ask("openai", { access: { key: "sk-a\nb" } });
    expect(problem?.reason).toMatch(/cost\.providers\.openai\.org_api_key/);
    expect(JSON.stringify(problem)).not.toContain("sk-a");
    expect(double.requests).toEqual([]);
  });

  it("end when nobody waits any more", async () => {
    double.fail("anthropic", { kind: "slow" });
    const ending = new AbortController();
    const asked = ask("anthropic", { signal: ending.signal });
    setTimeout(() => ending.abort(), 20);
    await expect(asked).rejects.toThrow(/abort/i);
  });

  it("are found behind an address with or without its version", async () => {
    for (const [provider, suffix] of [
      ["anthropic", "/v1"],
      ["openai", "/v1"],
      ["openrouter", "/api/v1"],
    ] as const)
      expect((await ask(provider, { access: { baseUrl: `${double.url}${suffix}` } })).problem).toBeUndefined();
  });
});
