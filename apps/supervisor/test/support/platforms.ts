import {
  discordBody,
  type DiscordDouble,
  GUILD,
  slackBody,
  type SlackDouble,
  startDiscord,
  startSlack,
} from "@hal/testkit";

/** A file that somebody sends. */
export interface SentFile {
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
}

/** A platform, with a channel that is called `alerts` and one that is not named yet, and somebody there. */
export interface Platform extends AsyncDisposable {
  readonly kind: "slack" | "discord";
  readonly alerts: string;
  readonly builds: string;
  /** as the configuration has it, with the tokens of now */
  section(): Record<string, unknown>;
  readonly wrongTokens: Readonly<Record<string, string>>;
  /** the tokens that were right before are not any more */
  revoke(): void;
  connections(): number;
  /** how often somebody connected in all */
  connected(): number;
  type(words: string): Promise<unknown>;
  /** The same with a word, which is named where the platform asks for it by a name. */
  typeWith(command: string, option: string, word: string): Promise<unknown>;
  /** what was sent as a file */
  files(): readonly string[];
  /** Says something in the thread of the message that has this text, and sends a file along. */
  say(thread: string, words: string, file?: SentFile): Promise<void>;
  press(label: string): Promise<unknown>;
  /** what was said to whoever types alone */
  told(): string;
  transcript(place: string): string;
  /** how many messages say this */
  count(text: string): number;
  /** why a token is refused */
  readonly refusal: RegExp;
}

/** Slack as one of both. */
export async function slackPlatform(): Promise<Platform> {
  const slack: SlackDouble = await startSlack({ patienceMs: 60_000 });
  const [alerts, builds, person] = ["C0ALERTS", "C0BUILDS", "U0ANN"];
  slack.workspace.addChannel(alerts, "alerts");
  slack.workspace.addChannel(builds, "builds");
  const messages = () => slack.workspace.messages.map((message) => ({ message, body: slackBody(message) }));
  return {
    kind: "slack",
    alerts,
    builds,
    section: () => ({
      bot_token: slack.botToken,
      app_token: slack.appToken,
      api_url: slack.apiUrl,
      channels: { alerts },
      access: { operators: [`user:${person}`] },
    }),
    // one of them: each that is wrong is a fault of its own, which is mended in a place of its own
    wrongTokens: { app_token: "xapp-wrong" },
    revoke: () => slack.revokeTokens(),
    connections: () => slack.socket.connections,
    connected: () => slack.record.entries.filter(({ kind, name }) => kind === "socket" && name === "opened").length,
    type: (words) => slack.person(person, "ann").command(alerts, `/hal ${words}`),
    typeWith: (command, __, word) => slack.person(person, "ann").command(alerts, `/hal ${command} ${word}`),
    // one that is announced and not there yet is none
    files: () =>
      [...slack.workspace.files.values()].flatMap(({ bytes }) =>
        bytes === undefined ? [] : [Buffer.from(bytes).toString()],
      ),
    async say(thread, words, file) {
      const root = messages().find(({ message, body }) => message.threadTs === undefined && body.includes(thread));
      if (root === undefined) throw new Error(`no ${thread} in\n${slack.transcript(alerts)}`);
      const sent = file === undefined ? undefined : { ...file, url: (id: string) => slack.fileAddress(id) };
      await slack.person(person, "ann").say(alerts, words, root.message.ts, sent);
    },
    press(label) {
      for (const { message } of messages()) {
        const elements = message.blocks.flatMap((block) => (block as { elements?: object[] }).elements ?? []);
        const button = (elements as { action_id?: string; text?: { text?: string } }[]).find(
          ({ text }) => text?.text === label,
        );
        if (button?.action_id !== undefined) return slack.person(person, "ann").press(message, button.action_id);
      }
      throw new Error(`no ${label} in\n${slack.transcript(alerts)}`);
    },
    told: () =>
      messages()
        .filter(({ message }) => message.ephemeralTo === person)
        .map(({ body }) => body)
        .join("\n"),
    transcript: (place) => slack.transcript(place),
    count: (text) => messages().filter(({ body }) => body.includes(text)).length,
    refusal: /invalid_auth|token/i,
    [Symbol.asyncDispose]: () => slack[Symbol.asyncDispose](),
  };
}

/** Discord as one of both. */
export async function discordPlatform(): Promise<Platform> {
  const discord: DiscordDouble = await startDiscord({ patienceMs: 60_000 });
  const [alerts, builds, person] = ["500000000000000001", "500000000000000002", "600000000000000001"];
  discord.server.addChannel(alerts, "alerts");
  discord.server.addChannel(builds, "builds");
  const messages = () => discord.server.messages.map((message) => ({ message, body: discordBody(message) }));
  return {
    kind: "discord",
    alerts,
    builds,
    section: () => ({
      bot_token: discord.botToken,
      guild_id: GUILD,
      api_url: discord.apiUrl,
      channels: { alerts },
      access: { operators: [`user:${person}`] },
    }),
    wrongTokens: { bot_token: "MTAwMDAwMDAwMDAwMDAwMDAz.WRONGG.double-double-double-double" },
    revoke: () => discord.resetToken(),
    connections: () => discord.gateway.connections,
    connected: () =>
      discord.record.entries.filter(({ kind, name }) => kind === "gateway" && name === "identified").length,
    type: (words) => discord.person(person, { name: "ann" }).command(alerts, words.split(" ")),
    typeWith: (command, option, word) =>
      discord.person(person, { name: "ann" }).command(alerts, [command], { [option]: word }),
    files: () => [...discord.server.attachments.values()].map(({ bytes }) => Buffer.from(bytes).toString()),
    async say(thread, words, file) {
      const root = messages().find(({ message, body }) => message.channel === alerts && body.includes(thread));
      if (root === undefined) throw new Error(`no ${thread} in\n${discord.transcript(alerts)}`);
      // a thread has the id of its message
      discord.person(person, { name: "ann" }).say(root.message.id, words, file);
    },
    press(label) {
      for (const { message } of messages()) {
        const rows = message.components as { components?: { label?: string; custom_id?: string }[] }[];
        const button = rows.flatMap(({ components = [] }) => components).find((one) => one.label === label);
        if (button?.custom_id !== undefined)
          return discord.person(person, { name: "ann" }).press(message, button.custom_id);
      }
      throw new Error(`no ${label} in\n${discord.transcript(alerts)}`);
    },
    told: () =>
      messages()
        .filter(({ message }) => message.ephemeralTo === person && !message.isThinking)
        .map(({ body }) => body)
        .join("\n"),
    transcript: (place) => discord.transcript(place),
    count: (text) => messages().filter(({ body }) => body.includes(text)).length,
    refusal: /token/i,
    [Symbol.asyncDispose]: () => discord[Symbol.asyncDispose](),
  };
}
