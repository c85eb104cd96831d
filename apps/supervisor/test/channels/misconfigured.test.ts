import { type DiscordDouble, GUILD, type SlackDouble, startDiscord, startSlack, WebhookReceiver } from "@hal/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dial, event, events, hello } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";
import { until } from "../support/until.ts";

const SLACK_PLACE = "C0ALERTS";
const DISCORD_PLACE = "500000000000000001";

let stage: Stage;
let n8n: WebhookReceiver;
beforeEach(async () => {
  n8n = await new WebhookReceiver().listen();
});
afterEach(async () => {
  await stage[Symbol.asyncDispose]();
  await n8n[Symbol.asyncDispose]();
});

interface Line {
  readonly level: string | number;
  readonly msg: string;
  readonly reason?: string;
}

/** A supervisor whose platform is set up wrongly tells a program, and a platform, what happened. Returns what it warned of. */
async function warnings(kind: "slack" | "discord", section: object): Promise<readonly string[]> {
  const clock = { now: () => Date.now(), monotonic: () => performance.now() * 20 };
  const channels = { [kind]: section, webhooks: { n8n: { url: n8n.url, allow_private: true } } };
  const routes = ["webhook#n8n", `${kind}#alerts`].map((target) => ({ match: "session.error", target }));
  stage = await startStage({ heartbeat_timeout_count: 1_000 }, { channels, routes }, { clock });
  const agent = await dial(stage.supervisor.port);
  agent.send(hello());
  await agent.next("welcome");
  agent.send(
    events(
      event(1, "session.started", { title: "t", createdAt: 1, updatedAt: 1 }),
      event(2, "session.error", { name: "APIError", message: "overloaded" }),
    ),
  );
  await agent.next("ack");
  await until(() => expect(n8n.received.length).toBeGreaterThan(0));
  expect((await stage.get("/readyz")).status).toBe(200);
  const warned = () =>
    stage.lines
      .map((line) => JSON.parse(line) as Line)
      .filter(({ level }) => level === "warn" || level === "error")
      .map(({ msg, reason = "" }) => `${msg}: ${reason}`);
  await until(() => expect(warned()).not.toEqual([]));
  // whatever is tried again is so by then
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  return warned();
}

describe("a Slack that is set up wrongly", () => {
  let slack: SlackDouble;
  beforeEach(async () => {
    slack = await startSlack({ patienceMs: 60_000 });
    slack.workspace.addChannel(SLACK_PLACE, "alerts");
  });
  afterEach(async () => {
    await slack[Symbol.asyncDispose]();
  });

  it.each<[string, (double: SlackDouble) => void, object, string]>([
    ["a bot token that is wrong", ({ workspace }) => (workspace.botToken = "invalid_auth"), {}, "OAuth & Permissions"],
    ["a bot token that is a placeholder", () => undefined, { bot_token: "xoxb-your-token" }, "xoxb-"],
    ["an app token that is wrong", ({ workspace }) => (workspace.appToken = "invalid_auth"), {}, "xapp-"],
    ["a scope that is missing", ({ workspace }) => workspace.scopes.delete("chat:write"), {}, "chat:write"],
    ["an app's scope that is missing", ({ workspace }) => workspace.appScopes.clear(), {}, "connections:write"],
    ["a channel that there is not", () => undefined, { channels: { alerts: "C0NOWHERE" } }, "no channel C0NOWHERE"],
    [
      "a channel without the app",
      ({ workspace }) => (workspace.addChannel(SLACK_PLACE, "x").isMember = false),
      {},
      "/invite",
    ],
  ])("by %s says so once, with what to do, and all else goes on", async (_, change, more, hint) => {
    const section = { bot_token: slack.botToken, app_token: slack.appToken, api_url: slack.apiUrl };
    change(slack);
    expect(await warnings("slack", { ...section, channels: { alerts: SLACK_PLACE }, ...more })).toEqual([
      expect.stringContaining(hint),
    ]);
  });
});

describe("a Discord that is set up wrongly", () => {
  let discord: DiscordDouble;
  beforeEach(async () => {
    discord = await startDiscord({ patienceMs: 60_000 });
    discord.server.addChannel(DISCORD_PLACE, "alerts");
  });
  afterEach(async () => {
    await discord[Symbol.asyncDispose]();
  });

  it.each<[string, (double: DiscordDouble) => void, object, string]>([
    ["a token that is wrong", ({ server }) => (server.isTokenValid = false), {}, "Reset Token"],
    [
      "a token that is the guide's placeholder",
      () => undefined,
      { bot_token: "your-discord-bot-token" },
      "Reset Token",
    ],
    [
      "an intent that is off",
      ({ server }) => (server.mayReadContent = false),
      { thread_replies: "queue" },
      "Message Content",
    ],
    [
      "a channel that there is not",
      () => undefined,
      { channels: { alerts: "500000000000000009" } },
      "500000000000000009",
    ],
  ])("by %s says so once, with what to do, and all else goes on", async (_, change, more, hint) => {
    const section = { bot_token: discord.botToken, guild_id: GUILD, api_url: discord.apiUrl };
    change(discord);
    expect(await warnings("discord", { ...section, channels: { alerts: DISCORD_PLACE }, ...more })).toEqual([
      expect.stringContaining(hint),
    ]);
  });
});
