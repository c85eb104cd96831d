import type { EventView } from "@hal/protocol";
import { WebhookReceiver } from "@hal/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ChatStage } from "../support/chat-stage.ts";
import { connected, event, events } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";
import { until } from "../support/until.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** 9:00 on a Wednesday in Berlin */
const WEDNESDAY = Date.UTC(2026, 10, 18, 8);
/** 8:00 on the Monday behind it */
const MONDAY = Date.UTC(2026, 10, 23, 7);
const PRICES = { "openai/*": { input_usd: 2, output_usd: 10 } };

let now = WEDNESDAY;
let chat: ChatStage;
let ids = 0;

async function open(kind: "slack" | "discord", more: object = {}): Promise<void> {
  now = WEDNESDAY;
  chat = await ChatStage.open(kind, {
    routes: [{ match: "cost.reported", target: `${kind}#alerts` }],
    more: { cost: { time_zone: "Europe/Berlin", prices: PRICES }, ...more },
    clock: { now: () => now },
  });
}

interface Said {
  readonly model: string;
  readonly input: number;
  readonly costMicroUsd: number;
  readonly at?: number;
}

/** The session's model answered. */
function answered({ model, input, costMicroUsd, at = now }: Said): [string, object] {
  ids += 1;
  const tokens = { input, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 };
  const about = { messageId: `msg_${ids}`, role: "assistant", state: "complete", text: "x", createdAt: at };
  return ["session.message", { ...about, model, tokens, costMicroUsd }];
}

async function spend(): Promise<void> {
  await chat.tell(
    answered({ model: "anthropic/claude-opus-5", input: 2_100_000, costMicroUsd: 10_000_000 }),
    answered({ model: "anthropic/claude-haiku-5", input: 500_000, costMicroUsd: 500_000 }),
    answered({ model: "openai/gpt-5", input: 1_000_000, costMicroUsd: 0 }),
    answered({ model: "local/qwen", input: 800, costMicroUsd: 0 }),
    // the week before is another one
    answered({ model: "anthropic/claude-opus-5", input: 1, costMicroUsd: 70_000_000, at: now - 3 * DAY }),
  );
}

const reported = async ({ stage }: { readonly stage: Stage }): Promise<readonly EventView[]> => {
  const { data } = (await (await stage.get("/api/v1/events?type=cost.reported")).json()) as { data: EventView[] };
  return data;
};
const messages = (): readonly string[] => chat.platform.messages().map(({ body }) => body);

describe.each(["slack", "discord"] as const)("what a week cost, as people read it on %s", (kind) => {
  afterEach(() => chat[Symbol.asyncDispose]());

  it("comes on Monday morning, by provider and model, with total and average, and how that is known", async () => {
    await open(kind);
    await spend();
    now = MONDAY - 1;
    await chat.stage.restart();
    await chat.come();
    expect(await reported(chat)).toEqual([]);
    now = MONDAY;
    const told = await chat.shown("Costs of 16 to 22 November 2026");
    for (const text of [
      "Costs of 16 to 22 November 2026: $12.50",
      "anthropic: $10.50",
      "claude-opus-5: 2.1M tokens, $10.00",
      "claude-haiku-5: 500.0K tokens, $0.50",
      "gpt-5: 1.0M tokens, $2.00 (estimated)",
      "qwen: 800 tokens, no price known",
      "3.6M tokens, $12.50",
      "$1.79 a day",
      "$2.00 of it is estimated",
      "800 tokens have no price",
      "halctl cost --from 2026-11-16 --to 2026-11-22 --by provider,model",
    ])
      expect(told).toContain(text);
    expect(chat.platform.problems).toEqual([]);
  });

  it("comes once, whatever is restarted and whatever is done to a clock, and says so where nothing was spent", async () => {
    await open(kind);
    await spend();
    now = MONDAY + 47 * HOUR;
    await chat.shown("Costs of 16 to 22 November 2026");
    await chat.stage.restart();
    now -= 40 * HOUR;
    await chat.stage.restart();
    now += 30 * HOUR;
    await chat.stage.restart();
    now = MONDAY + 7 * DAY;
    await chat.shown("Costs of 23 to 29 November 2026: nothing was spent");
    expect(await reported(chat)).toHaveLength(2);
    expect(messages()).toHaveLength(2);
  });
});

describe("what a week cost, for a program", () => {
  const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  let receiver: WebhookReceiver;
  let stage: Stage;
  beforeEach(async () => {
    now = MONDAY;
    receiver = await new WebhookReceiver({ secret: SECRET, now: () => now }).listen();
  });
  afterEach(async () => {
    await stage[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  });

  async function begin(): Promise<void> {
    const webhooks = { n8n: { url: receiver.url, secret: SECRET, allow_private: true } };
    const written = { channels: { webhooks }, cost: { prices: PRICES } };
    const clock = { now: () => now, monotonic: () => performance.now() };
    stage = await startStage({ heartbeat_timeout_count: 1_000_000 }, written, { clock });
    const agent = await connected(stage);
    const said = [
      answered({ model: "anthropic/claude", input: 3, costMicroUsd: 7_000_001, at: WEDNESDAY }),
      answered({ model: "openai/gpt", input: 1_000_000, costMicroUsd: 0, at: WEDNESDAY }),
    ].map(([type, data], index) => event(index + 1, type, data));
    agent.send(events(...said));
    await agent.next("ack");
  }

  it("has the figures as data, without any route of one's own", async () => {
    await begin();
    now += 2 * HOUR;
    const body = await until(() => {
      const found = receiver.taken.find((one) => (one.body as { type?: string }).type === "cost.reported");
      if (found === undefined) throw new Error("it was not told");
      return found.body;
    });
    expect(body).toMatchObject({
      type: "cost.reported",
      data: {
        text: "Costs of 16 to 22 November 2026: $9.00",
        data: { title: "16 to 22 November 2026" },
        report: {
          from: "2026-11-16T00:00:00.000Z",
          to: "2026-11-23T00:00:00.000Z",
          first_day: "2026-11-16",
          last_day: "2026-11-22",
          time_zone: "UTC",
          total: { cost_usd: 9.000001, tokens: 1_000_003, estimated_usd: 2, opencode_usd: 7.000001 },
          daily_average_usd: 1.285714,
          by_model: [
            { provider: "anthropic", model: "claude", cost_usd: 7.000001 },
            { provider: "openai", model: "gpt", cost_usd: 2, estimated_usd: 2 },
          ],
        },
      },
    });
  });
});
