import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { BillsView, CostReport, DriftView, EventView } from "@hal/protocol";
import { type BilledProvider, type BillingDouble, startBilling } from "@hal/testkit";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { RawAgent } from "./harness/raw-agent.ts";
import { Stage } from "./harness/stage.ts";

const DAY_MS = 86_400_000;
const KEYS = { anthropic: "sk-ant-admin-of-a-story", openai: "sk-admin-of-a-story", openrouter: "sk-or-of-a-story" };
const BILLED: readonly BilledProvider[] = ["anthropic", "openai"];
/** An interval is a second here. */
const OFTEN = 1 / 60;
const DAYS = 12;

/** What a model is paid by, in dollars a million tokens, as opencode would count it. */
const PRICES = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };

describe("the bills of providers", () => {
  let stage: Stage;
  let double: BillingDouble;
  let told = 0;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    double = await startBilling({ keys: KEYS, pageSize: 5, amountsAsText: true });
    stage = await Stage.open(inject("opencode"));
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await double[Symbol.asyncDispose]();
  });

  const configure = (cost: object | undefined): void => {
    const config = JSON.parse(readFileSync(stage.supervisorConfig, "utf8")) as object;
    writeFileSync(stage.supervisorConfig, JSON.stringify({ ...config, cost }));
  };
  const providers = async () => {
    const { providers: all } = await stage.halctl.json<BillsView>("cost", "providers");
    return new Map(all.map((one) => [one.provider, one]));
  };
  const states = async (): Promise<object> =>
    Object.fromEntries([...(await providers())].map(([name, { state }]) => [name, state]));
  const warnings = (): string[] =>
    stage.logs
      .join("\n")
      .split("\n")
      .filter((line) => /does not tell its bill/.test(line));
  const failings = async (): Promise<unknown[]> =>
    (await stage.api<EventView[]>("/events?type=cost.provider_failing&limit=100")).map(({ data }) => data);

  /** A model answered at a time: its agent tells it, and its provider bills it, perhaps late. */
  const answered = (provider: BilledProvider, at: number, late = 0): object => {
    told += 1;
    const tokens = { input: 2_000 + told * 7, output: 400 + told, cacheRead: 9_000, cacheWrite: 0 };
    double.served({ provider, model: `${provider}-model-20260101`, tokens, at, late });
    const costUsd =
      (tokens.input * PRICES.input + tokens.output * PRICES.output + tokens.cacheRead * PRICES.cacheRead) / 1e6;
    return {
      seq: told,
      type: "session.message",
      at,
      project: "web",
      session: "ses_story",
      data: {
        messageId: `msg_${told}`,
        role: "assistant",
        state: "complete",
        text: "done",
        model: `${provider}/${provider}-model`,
        costMicroUsd: Math.round(costUsd * 1e6),
        tokens: { ...tokens, reasoning: 0 },
        createdAt: at,
      },
    };
  };
  const drifted = (): Promise<EventView[]> => stage.api<EventView[]>("/events?type=cost.drifted");

  test("are nothing to wait for where nobody has a key: a cost is zeros, and says so", async () => {
    await stage.startSupervisor();
    const { code, stdout } = await stage.halctl.run("cost", "today");
    expect([code, stdout]).toEqual([0, expect.stringMatching(/total +0 +\$0\n[^]*no cost provider is configured/)]);
    expect((await stage.halctl.run("cost", "providers")).stdout).toContain("Gemini is estimated from tokens");
  });

  test("are asked for at the start and each interval, by both key names of the guide, also from a file, and nobody waits for one that hangs", async () => {
    const agent = await RawAgent.greet({ url: `ws://127.0.0.1:${stage.ports.socket}`, token: stage.token }, "teller");
    const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    for (let back = 1; back <= DAYS; back += 1) {
      const at = today - back * DAY_MS + 3_600_000;
      // bills change for three days
      const late = (hour: number): number => (back <= 3 && hour === 3 ? 1 + back : 0);
      agent.sendEvents(
        BILLED.flatMap((one) => [0, 1, 2, 3].map((hour) => answered(one, at + hour * 3_600_000, late(hour)))),
      );
    }
    await eventually(() => expect(agent.acknowledged).toBe(told));
    agent.close();

    const file = path.join(stage.folder, "openai.key");
    writeFileSync(file, `${KEYS.openai}\n`);
    chmodSync(file, 0o600);
    configure({
      poll_interval_minutes: OFTEN,
      providers: {
        anthropic: { admin_api_key: KEYS.anthropic, base_url: double.url },
        openai: { org_api_key_file: file, base_url: `${double.url}/v1` },
        openrouter: { api_key: KEYS.openrouter, base_url: double.url },
      },
    });
    double.fail("anthropic", { kind: "slow" });
    await stage.supervisor.stop();
    await stage.startSupervisor();
    await eventually(async () =>
      expect(await states()).toEqual({ anthropic: "untried", openai: "working", openrouter: "working" }),
    );
    const polls = (): number =>
      double.requests.filter((one) => one.path.endsWith("/costs") && !one.query.includes("page=")).length;
    const before = polls();
    await eventually(() => expect(polls()).toBeGreaterThan(before + 2));
    expect(await states()).toMatchObject({ anthropic: "untried" });
    // a log has no key, and so has no answer
    const shown = `${stage.logs.join("\n")}${JSON.stringify(await stage.halctl.json("cost", "providers"))}`;
    for (const key of Object.values(KEYS)) expect(shown).not.toContain(key);
  });

  test("are what the ledger has, within 1 % on every complete day, over late changes, pages, faults and a kill", async () => {
    double.fail("anthropic", undefined);
    double.fail("anthropic", { kind: "cut" }, { times: 2, path: "page=" });
    double.fail("openai", { kind: "status", status: 503 }, { times: 2 });
    await stage.supervisor.kill();
    await stage.startSupervisor();
    await eventually(() =>
      expect(double.requests.filter(({ status }) => status === 0 || status === 503)).toHaveLength(5),
    );
    await stage.supervisor.kill();
    await stage.startSupervisor();
    double.settle();
    const measured = await eventually(async () => {
      for (const provider of BILLED) await stage.halctl.json("cost", "poll", provider);
      const days = await stage.halctl.json<DriftView[]>("cost", "drift", "31");
      const complete = days.filter((one) => one.complete && one.ledger_usd > 0);
      expect(complete).toHaveLength(BILLED.length * DAYS);
      for (const one of complete) expect([one.day, Math.abs(one.drift_percent ?? 100) <= 1]).toEqual([one.day, true]);
      return complete;
    }, 60_000);
    for (const { provider, day, billed_usd: billed } of measured) {
      const truth = Number(double.truth(provider as BilledProvider, day)) / 1e12;
      expect([day, Math.abs((billed ?? 0) - truth) < 1e-5]).toEqual([day, true]);
    }
    const most = Math.max(...measured.map((one) => Math.abs(one.drift_percent ?? 100)));
    console.log(`drift: at most ${most} % on ${measured.length} complete days of ${BILLED.length} providers`);
    // what was only late is nobody's concern
    expect([await drifted(), measured.filter((one) => one.drifted)]).toEqual([[], []]);
  });

  test("of a provider that fails are marked as old, told once, and hold up no other one", async () => {
    await eventually(async () => expect(await states()).toMatchObject({ anthropic: "working", openai: "working" }));
    const spent = (await stage.halctl.json<CostReport>("cost", "month")).bills;
    const [before, logged] = [(await failings()).length, warnings().length];
    double.fail("anthropic", { kind: "status", status: 500 });
    await eventually(async () => expect(await states()).toMatchObject({ anthropic: "failing", openai: "working" }));
    const failedAt = Date.now();
    // several polls of it fail, and the other one is asked meanwhile
    await eventually(async () => {
      await stage.halctl.json("cost", "poll");
      const { openai, anthropic } = Object.fromEntries(await providers());
      expect(Date.parse(openai?.as_of ?? "")).toBeGreaterThan(failedAt + 2_000);
      expect(anthropic).toMatchObject({ stale: true, code: "unavailable" });
    });
    const month = await stage.halctl.json<CostReport>("cost", "month");
    expect(month.degraded_providers).toEqual(["anthropic"]);
    const [was, is] = [spent, month.bills].map((bills) => bills.find(({ provider }) => provider === "anthropic"));
    expect([is?.billed_usd, is?.stale, (was?.billed_usd ?? 0) > 0]).toEqual([was?.billed_usd, true, true]);
    const { code, stdout } = await stage.halctl.run("cost", "today");
    expect([code, stdout]).toEqual([0, expect.stringContaining("anthropic does not answer")]);
    expect([(await failings()).length - before, warnings().length - logged]).toEqual([1, 1]);
    double.fail("anthropic", undefined);
    await stage.halctl.json("cost", "poll", "anthropic");
    expect(await states()).toMatchObject({ anthropic: "working" });
  });

  test("differ where somebody else uses the account, which is told with the reason", async () => {
    const at = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS - 3_600_000;
    double.served({ provider: "openai", model: "o-foreign", tokens: { input: 9_000_000, output: 0 }, at });
    await stage.halctl.json("cost", "poll", "openai");
    const events = await eventually(async () => {
      const all = await drifted();
      expect(all).toHaveLength(1);
      return all;
    });
    expect(events[0]?.data).toMatchObject({ provider: "openai", reason: expect.stringContaining("o-foreign") });
    expect((await stage.halctl.run("cost", "drift")).stdout).toMatch(
      /openai.*drifted\n[^]*others use the same account/,
    );
  });
});
