import { type DiscordDouble, startDiscord } from "@hal/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ConnectionState, type DiscordChannel, type DiscordOptions, openDiscord } from "../../src/index.ts";

const PLACE = "500000000000000001";
const SOON = { timeout: 10_000 };

describe("the connection to Discord's gateway", () => {
  let discord: DiscordDouble;
  let states: ConnectionState[];
  let heard: string[];
  const open = (more: Partial<DiscordOptions> = {}): Promise<DiscordChannel> =>
    openDiscord({
      botToken: discord.botToken,
      apiUrl: discord.apiUrl,
      listener: {
        heard: async (one) => void heard.push(one.kind),
        connection: (state) => void states.push(state),
      },
      ...more,
    });
  beforeEach(async () => {
    [states, heard] = [[], []];
    discord = await startDiscord({ patienceMs: 60_000 });
    discord.server.addChannel(PLACE, "alerts");
  });
  afterEach(() => discord[Symbol.asyncDispose]());
  const noted = (name: string) =>
    discord.record.entries.filter((one) => one.kind === "gateway" && one.name === name).length;
  const status = () => discord.person("600000000000000001").command(PLACE, ["status"]);

  test.each<[string, (double: DiscordDouble) => void, string]>([
    ["cut", ({ gateway }) => gateway.cut(), "resumed"],
    ["asked to come anew", ({ gateway }) => gateway.reconnect(), "resumed"],
    ["ended by a code that passes", ({ gateway }) => gateway.end(4000), "resumed"],
    ["told that its session is over", ({ gateway }) => gateway.invalidate(), "identified"],
  ])(
    "one that is %s comes back by itself, and commands go on",
    async (_, how, note) => {
      await using channel = await open();
      await expect.poll(() => states, SOON).toEqual([{ kind: "connected" }]);
      const before = noted(note);
      how(discord);
      await expect.poll(() => noted(note), SOON).toBe(before + 1);
      expect(await status()).toMatchObject({ isAcknowledged: true });
      expect(states).toEqual([{ kind: "connected" }]);
      expect(channel.kind).toBe("discord");
    },
    30_000,
  );

  test("one whose heartbeats are not answered is given up for another one", async () => {
    discord.gateway.heartbeatMs = 200;
    discord.gateway.isDeaf = true;
    await using channel = await open();
    await expect.poll(() => noted("resumed"), SOON).toBeGreaterThan(0);
    expect(channel.kind).toBe("discord");
  });

  test("what happened between two connections is heard after it, once", async () => {
    await using channel = await open({ now: () => 0 });
    await expect.poll(() => states, SOON).toEqual([{ kind: "connected" }]);
    discord.gateway.cut();
    expect(await status()).toMatchObject({ isAcknowledged: true });
    discord.gateway.cut();
    await expect.poll(() => noted("resumed"), SOON).toBe(2);
    await status();
    await expect.poll(() => heard).toEqual(["command", "command"]);
    expect(channel.kind).toBe("discord");
  });

  test("a gateway that cannot be asked for is asked again, and told as lost, then as back", async () => {
    discord.faults.add("GET /gateway/bot", { kind: "status", status: 503 });
    discord.faults.add("GET /gateway/bot", { kind: "broken_before" });
    await using channel = await open();
    await expect.poll(() => states.map(({ kind }) => kind), SOON).toEqual(["lost", "lost", "connected"]);
    expect(channel.kind).toBe("discord");
  });

  test.each<[string, (double: DiscordDouble) => void, Partial<DiscordOptions>, string]>([
    ["a token that is refused", ({ server }) => (server.isTokenValid = false), {}, "Reset Token"],
    ["a placeholder", () => undefined, { botToken: "your-bot-token" }, "Reset Token"],
    ["an intent that is off", ({ server }) => (server.mayReadContent = false), { isReading: true }, "Message Content"],
    ["a token that the gateway refuses", ({ gateway }) => (gateway.refusal = 4004), {}, "Reset Token"],
    ["a shard that there is not", ({ gateway }) => (gateway.refusal = 4010), {}, "shard"],
    ["too many servers", ({ gateway }) => (gateway.refusal = 4011), {}, "too many servers"],
    ["an old version", ({ gateway }) => (gateway.refusal = 4012), {}, "update"],
    ["an unknown intent", ({ gateway }) => (gateway.refusal = 4013), {}, "update"],
  ])("%s is told once, with what to do, and nothing else comes of it", async (_, change, more, hint) => {
    change(discord);
    await using channel = await open(more);
    await expect.poll(() => states, SOON).toEqual([{ kind: "stopped", why: expect.stringContaining(hint) as string }]);
    discord.server.isTokenValid = true;
    await using other = await open({ listener: undefined });
    await other.post({ ref: "r", place: PLACE, message: { title: "x", tone: "good" } });
    expect(discord.transcript(PLACE)).toBe("HAL:\n  **🟢 OK x**");
    expect(channel.kind).toBe("discord");
  });

  test("an intent that is turned off later on ends nothing but the connection", async () => {
    await using channel = await open({ isReading: true });
    await expect.poll(() => states, SOON).toEqual([{ kind: "connected" }]);
    discord.gateway.end(4014);
    await expect.poll(() => states.map(({ kind }) => kind)).toEqual(["connected", "stopped"]);
    await channel.post({ ref: "r", place: PLACE, message: { title: "x", tone: "good" } });
    expect(discord.transcript(PLACE)).toBe("HAL:\n  **🟢 OK x**");
  });

  test("closed in the middle of coming back, it leaves no connection", async () => {
    const channel = await open();
    await expect.poll(() => states, SOON).toEqual([{ kind: "connected" }]);
    discord.gateway.cut();
    await channel[Symbol.asyncDispose]();
    await expect.poll(() => discord.gateway.connections).toBe(0);
    expect(states).toEqual([{ kind: "connected" }]);
  });
});
