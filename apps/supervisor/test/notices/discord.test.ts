import { discordBody, type DiscordDouble, type DiscordMessage, GUILD, RIGHTS, startDiscord } from "@hal/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dial, event, events, hello, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";
import { until } from "../support/until.ts";

const PLACE = "500000000000000001";
const ANN = "600000000000000001";
const BOB = "600000000000000002";

let stage: Stage;
let discord: DiscordDouble;
let agent: Peer;
let seq: number;

beforeEach(async () => {
  seq = 0;
  discord = await startDiscord({ patienceMs: 60_000 });
  discord.server.addChannel(PLACE, "alerts");
});
afterEach(async () => {
  await stage[Symbol.asyncDispose]();
  await discord[Symbol.asyncDispose]();
});

async function open(more: object = {}): Promise<void> {
  const section = {
    bot_token: discord.botToken,
    guild_id: GUILD,
    api_url: discord.apiUrl,
    channels: { alerts: PLACE },
    ...more,
  };
  const clock = { now: () => Date.now(), monotonic: () => performance.now() * 20 };
  stage = await startStage({ heartbeat_timeout_count: 1_000 }, { channels: { discord: section } }, { clock });
  agent = await dial(stage.supervisor.port);
  agent.send(hello());
  await agent.next("welcome");
  await discord.gateway.connected();
}

async function tell(...list: readonly (readonly [type: string, data?: object])[]): Promise<void> {
  const said = list.map(([type, data = {}]) => event((seq += 1), type, data, { project: "web" }));
  agent.send(events(...said));
  await agent.next("ack");
}

const STARTED = [
  "session.started",
  { title: "mend the tests", createdAt: Date.UTC(2026, 10, 28), updatedAt: 1 },
] as const;
const ASKED = [
  "interaction.asked",
  {
    interactionId: "per_1",
    kind: "permission",
    summary: "bash git push",
    permission: "bash",
    patterns: ["git push"],
    askedAt: 1,
  },
] as const;

async function shown(text: string | RegExp): Promise<string> {
  return until(() => {
    const transcript = discord.transcript(PLACE);
    expect(transcript).toMatch(text);
    return transcript;
  });
}

const toldTo = (user: string): readonly string[] =>
  discord.server.messages.filter(({ ephemeralTo, isThinking }) => ephemeralTo === user && !isThinking).map(discordBody);

/** The message that has this button, and the button's id. */
async function button(label: string): Promise<{ readonly message: DiscordMessage; readonly id: string }> {
  return until(() => {
    for (const message of discord.server.messagesOf(PLACE)) {
      const found = new RegExp(
        `"custom_id":"([^"]+)"[^}]*"label":"${label}"|"label":"${label}"[^}]*"custom_id":"([^"]+)"`,
      ).exec(JSON.stringify(message));
      const id = found?.[1] ?? found?.[2];
      if (id !== undefined) return { message, id };
    }
    throw new Error(`no ${label} in\n${discord.transcript(PLACE)}`);
  });
}

describe("a session on Discord", () => {
  it("is one message that is changed in its place, with what is told of it in its thread", async () => {
    await open();
    await tell(STARTED, ["session.busy"], ASKED);
    await shown("web on box waits for a person: bash git push");
    await tell(
      ["interaction.answered", { interactionId: "per_1", reply: "once" }],
      ["session.error", { name: "APIError", message: "overloaded" }],
    );
    await shown(/HAL \(changed\):\n +.*PROBLEM web on box failed: APIError: overloaded/);
    await shown(/\n {4}HAL:\n {6}.*PROBLEM web on box failed: APIError: overloaded/);
    await tell(["session.busy"], ["session.idle", { turn: "finished" }]);
    await shown(/OK web on box rests: finished its turn/);
    expect(discord.server.messagesOf(PLACE).filter((one) => discordBody(one).includes("web on box"))).toHaveLength(1);
  });

  it("is answered by whoever may manage the server, where nobody else is named, and by nobody else", async () => {
    await open();
    await tell(STARTED, ["session.busy"], ASKED);
    const { message, id } = await button("Allow once");
    await discord.person(BOB, { name: "bob" }).press(message, id);
    await until(() => expect(toldTo(BOB).join("")).toContain("Allow once needs the role operator"));
    expect(agent.count("command")).toBe(0);
    await discord.person(ANN, { name: "ann", permissions: RIGHTS.manageGuild }).press(message, id);
    expect(await agent.next("command")).toMatchObject({ command: "interaction.answer", args: { reply: "once" } });
    await shown(/ann on Discord answered once, which is on its way/);
  });
});

describe("commands on Discord", () => {
  it("are shown once, with what they take, and again only where they are others", async () => {
    await open();
    const calls = () => discord.record.text().match(/PUT .*commands/g)?.length ?? 0;
    await until(() => expect(calls()).toBe(1));
    expect(discord.server.commands.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["status", "start", "kill", "stop-all", "hal-help"]),
    );
    await stage.restart();
    await discord.gateway.connected();
    await discord.person(ANN).command(PLACE, ["nodes"]);
    await until(() => expect(toldTo(ANN)).not.toEqual([]));
    expect(calls()).toBe(1);
  });

  it("are what the API does, with names that complete themselves", async () => {
    await open({ access: { operators: [`user:${ANN}`] } });
    await tell(STARTED, ["session.busy"]);
    const ann = discord.person(ANN, { name: "ann" });
    expect(JSON.stringify(await ann.complete(PLACE, ["why"], "ref", "bo"))).toContain("box");
    await ann.command(PLACE, ["inject"], { ref: "ses_one", text: "go on" });
    expect(await agent.next("command")).toMatchObject({ command: "session.prompt", args: { text: "go on" } });
    await discord
      .person(BOB, { name: "bob", permissions: RIGHTS.manageGuild })
      .command(PLACE, ["inject"], { ref: "ses_one", text: "stop" });
    await until(() => expect(toldTo(BOB).join("")).toContain("inject needs the role operator"));
  });
});

describe("how an app on Discord is made", () => {
  it("is said with what each right is for, and as the link that puts it onto a server", async () => {
    stage = await startStage();
    const asked = await stage.get("/api/v1/channels/setup/discord?application=42");
    const { data } = (await asked.json()) as { data: { steps: string[]; rights: { why: string }[]; address: string } };
    expect(new URL(data.address).searchParams.get("client_id")).toBe("42");
    expect(data.steps.join(" ")).toContain("channels.discord.guild_id");
    expect(data.rights.every(({ why }) => why.length > 10)).toBe(true);
  });
});

describe("a Discord that lets nobody in", () => {
  it("is one warning, and the rest goes on", async () => {
    stage = await startStage(
      {},
      {
        channels: {
          discord: {
            bot_token: "your-discord-bot-token",
            guild_id: "g",
            api_url: discord.apiUrl,
            channels: { alerts: PLACE },
          },
        },
      },
    );
    const { data } = (await (
      await stage.send("POST", "/api/v1/channels/test", { target: "discord#alerts" })
    ).json()) as {
      data: { sent: boolean; missing: string[] };
    };
    expect([data.sent, data.missing.length > 0]).toEqual([false, true]);
    expect((await stage.get("/readyz")).status).toBe(200);
    const warnings = stage.lines.filter((line) => line.includes("what people do is not heard"));
    expect(warnings.length).toBeLessThanOrEqual(1);
  });
});
