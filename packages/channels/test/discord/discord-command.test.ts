import { type DiscordDouble, GUILD, judgeDiscordCommands, startDiscord } from "@hal/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type DiscordChannel, type DiscordCommand, openDiscord } from "../../src/index.ts";
import { renderDiscordCommands } from "../../src/discord/discord-command.ts";

const PUT = "PUT /applications/:id/guilds/:id/commands";
const COMMANDS: readonly DiscordCommand[] = [
  { name: "status", description: "How all of it is" },
  {
    name: "logs",
    description: "The last lines ".repeat(20),
    options: [
      { name: "lines", description: "How many", kind: "whole" },
      { name: "project", description: "Of which", kind: "text", isRequired: true, isCompleted: true },
      { name: "level", description: "", kind: "text", choices: ["info", "warn"] },
    ],
  },
  { name: "agentmd", description: "AGENTS.md", below: [{ name: "show", description: "Shows it" }] },
];

describe("the commands of Discord", () => {
  let discord: DiscordDouble;
  let channel: DiscordChannel;
  beforeEach(async () => {
    discord = await startDiscord();
    channel = await openDiscord({ botToken: discord.botToken, apiUrl: discord.apiUrl, guildId: GUILD });
  });
  afterEach(async () => {
    await channel[Symbol.asyncDispose]();
    await discord[Symbol.asyncDispose]();
  });

  test("are as Discord takes them: what is needed first, and nothing too long", () => {
    const { body } = renderDiscordCommands(COMMANDS);
    expect(judgeDiscordCommands(body)).toEqual([]);
    expect(body[1]?.options.map(({ name }) => name)).toEqual(["project", "lines", "level"]);
  });

  test("are sent all at once, and again only where one of them changed", async () => {
    const known = await channel.register(COMMANDS, undefined);
    expect(await channel.register(COMMANDS, known)).toBe(known);
    expect(discord.record.calls(PUT)).toHaveLength(1);
    expect(discord.server.commands.map(({ name }) => name)).toEqual(["status", "logs", "agentmd"]);
    const other = await channel.register(COMMANDS.slice(1), known);
    expect(other).not.toBe(known);
    expect(discord.server.commands.map(({ name }) => name)).toEqual(["logs", "agentmd"]);
  });

  test("are known by another name on another server", async () => {
    await using elsewhere = await openDiscord({ botToken: discord.botToken, apiUrl: discord.apiUrl, guildId: "9" });
    const known = await channel.register(COMMANDS, undefined);
    await expect(elsewhere.register(COMMANDS, known)).rejects.toMatchObject({
      problem: "stopped",
      message: expect.stringContaining("no server by that id") as string,
    });
  });

  test("which Discord refuses are said to be refused", async () => {
    const twice = [{ name: "Up Case", description: "x" }];
    await expect(channel.register(twice, undefined)).rejects.toMatchObject({ problem: "refused" });
  });
});
