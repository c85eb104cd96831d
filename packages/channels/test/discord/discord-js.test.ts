import { type DiscordDouble, discordTranscript, startDiscord } from "@hal/testkit";
import { Client, Events, GatewayIntentBits, type Interaction, MessageFlags, type TextChannel } from "discord.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const PLACE = "500000000000000001";
const ANN = "600000000000000001";

/** The double is as good as what the client library, unmodified, makes of it. */
describe("discord.js, with the double", () => {
  let discord: DiscordDouble;
  let client: Client;
  const intents = [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages];
  const ready = async (): Promise<Client<true>> => {
    const isReady = new Promise<Client<true>>((resolve) => client.once(Events.ClientReady, resolve));
    await client.login(discord.botToken);
    return isReady;
  };
  beforeEach(async () => {
    discord = await startDiscord({ patienceMs: 60_000 });
    discord.server.addChannel(PLACE, "alerts");
    client = new Client({ intents, rest: { api: discord.apiUrl, retries: 0 } });
  });
  afterEach(async () => {
    await client.destroy();
    await discord[Symbol.asyncDispose]();
  });

  test("logs in, knows the channels, sends, edits, and makes a thread", async () => {
    const { channels } = await ready();
    await expect.poll(() => channels.cache.get(PLACE)?.isSendable()).toBe(true);
    const channel = (await channels.fetch(PLACE)) as TextChannel;
    const sent = await channel.send({ embeds: [{ description: "hi" }], allowedMentions: { parse: [] } });
    await sent.edit({ embeds: [{ description: "ho" }] });
    const thread = await sent.startThread({ name: "details" });
    expect(thread.id).toBe(sent.id);
    await thread.send("below");
    expect(discordTranscript(discord.server.messages, PLACE)).toBe("HAL (changed):\n  ho\n    HAL:\n      below");
  });

  test("answers a command within its time, and is refused what Discord refuses", async () => {
    const errors: unknown[] = [];
    const answer = async (interaction: Interaction): Promise<void> => {
      if (!interaction.isChatInputCommand()) return;
      await interaction.deferReply({ flags: MessageFlags.Ephemeral });
      await interaction.editReply("done");
      const callback = `/interactions/${interaction.id}/${interaction.token}/callback` as const;
      await client.rest.post(callback, { body: { type: 5 }, auth: false });
    };
    client.on(
      Events.InteractionCreate,
      (interaction) => void answer(interaction).catch((error: unknown) => errors.push(error)),
    );
    await ready();
    expect(await discord.person(ANN).command(PLACE, ["status"], { project: "web" })).toMatchObject({
      isAcknowledged: true,
      answer: { type: 5 },
    });
    await expect.poll(() => errors).toMatchObject([{ code: 40_060 }]);
    expect(discord.transcript(PLACE)).toBe(`HAL (only ${ANN} sees it):\n  done`);
  });

  test("is not let in with an intent that is off", async () => {
    discord.server.mayReadContent = false;
    await client.destroy();
    client = new Client({ intents: [...intents, GatewayIntentBits.MessageContent], rest: { api: discord.apiUrl } });
    await expect(client.login(discord.botToken)).rejects.toThrow("disallowed intents");
  });
});
