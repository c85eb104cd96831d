import {
  BOT,
  discordBody,
  type DiscordMessage,
  GUILD,
  slackBody,
  type SlackMessage,
  startDiscord,
  startSlack,
} from "@hal/testkit";

/** A message as people see it. */
export interface SeenMessage {
  readonly body: string;
  readonly isInThread: boolean;
  readonly buttons: readonly SeenButton[];
  /** takes it away */
  remove(): void;
}

/** A button, and somebody who presses it. */
export interface SeenButton {
  readonly label: string;
  /** presses it; as a forger might, under another id, or at another message */
  press(
    user: string,
    forged?: { readonly id?: string; readonly isLate?: boolean; readonly at?: SeenMessage },
  ): Promise<void>;
}

/** A form that is open. */
export interface SeenForm {
  readonly user: string;
  /** all that stands in it */
  readonly text: string;
  submit(values: Readonly<Record<string, string>>, by?: string): Promise<void>;
}

/** A platform for people, as tests of what is the same on each know it. */
export interface ChatPlatform extends AsyncDisposable {
  readonly kind: "slack" | "discord";
  /** two people, of whom only the first one may act */
  readonly ann: string;
  readonly bob: string;
  /** its part of the configuration, with these channels by their names */
  section(channels: readonly string[], more?: object): object;
  /** waits until it hears what people do */
  connected(): Promise<void>;
  transcript(channel?: string): string;
  messages(channel?: string): readonly SeenMessage[];
  readonly forms: readonly SeenForm[];
  /** what that person alone was told */
  toldTo(user: string): readonly SeenMessage[];
  command(user: string, words: readonly string[], options?: Readonly<Record<string, string>>): Promise<void>;
  /** writes words behind a mention of the app, in the thread of a message where one is given */
  mention(user: string, words: string, thread?: SeenMessage): Promise<void>;
  /** what it refused, and what a person would be sorry for */
  readonly problems: readonly unknown[];
}

const NAMES = ["alerts", "dev-log", "build-log"];

export async function startPlatform(kind: "slack" | "discord", now: () => number): Promise<ChatPlatform> {
  return kind === "slack" ? startSlackPlatform(now) : startDiscordPlatform(now);
}

async function startSlackPlatform(now: () => number): Promise<ChatPlatform> {
  const slack = await startSlack({ patienceMs: 60_000, now });
  const placeOf = (name: string): string => `C0${name.toUpperCase().replace("-", "")}`;
  for (const name of NAMES) slack.workspace.addChannel(placeOf(name), name);
  const [ann, bob] = ["U1ANN", "U2BOB"];
  const nameOf = (user: string): string => (user === ann ? "ann" : "bob");
  const seen = (message: SlackMessage): SeenMessage & { readonly message: SlackMessage } => ({
    message,
    body: slackBody(message),
    isInThread: message.threadTs !== undefined,
    buttons: slackButtons(message).map(({ label, id }) => ({
      label,
      async press(user, { id: forged = id, isLate = false, at } = {}) {
        const where = at === undefined ? message : (at as ReturnType<typeof seen>).message;
        await slack.person(user, nameOf(user)).press(where, forged, { isLate });
      },
    })),
    remove: () => slack.workspace.remove(message),
  });
  return {
    kind: "slack",
    ann,
    bob,
    section: (channels, more = {}) => ({
      bot_token: slack.botToken,
      app_token: slack.appToken,
      api_url: slack.apiUrl,
      channels: Object.fromEntries(channels.map((name) => [name, placeOf(name)])),
      access: { operators: [ann] },
      ...more,
    }),
    connected: async () => undefined,
    transcript: (channel = "alerts") => slack.transcript(placeOf(channel)),
    messages: (channel = "alerts") =>
      slack.workspace
        .messagesOf(placeOf(channel))
        .filter(({ ephemeralTo }) => ephemeralTo === undefined)
        .map(seen),
    get forms() {
      return slack.workspace.modals.map((modal) => ({
        user: modal.user,
        text: JSON.stringify(modal.view),
        async submit(values: Readonly<Record<string, string>>, by = modal.user) {
          await slack.person(by, nameOf(by)).submit(modal, values);
        },
      }));
    },
    toldTo: (user) => slack.workspace.messages.filter(({ ephemeralTo }) => ephemeralTo === user).map(seen),
    async command(user, words, options = {}) {
      await slack
        .person(user, nameOf(user))
        .command(placeOf("alerts"), ["/hal", ...words, ...Object.values(options)].join(" "));
    },
    async mention(user, words, thread) {
      const ts = (thread as ReturnType<typeof seen> | undefined)?.message.ts;
      await slack.person(user, nameOf(user)).say(placeOf("alerts"), `<@U0HAL> ${words}`, ts);
    },
    get problems() {
      return [...slack.record.refused, ...slack.record.notes];
    },
    [Symbol.asyncDispose]: () => slack[Symbol.asyncDispose](),
  };
}

interface Element {
  readonly action_id?: string;
  readonly text?: { readonly text?: string };
}

function slackButtons({ blocks }: SlackMessage): readonly { readonly label: string; readonly id: string }[] {
  return (blocks as readonly { readonly elements?: readonly Element[] }[])
    .flatMap(({ elements = [] }) => elements)
    .flatMap(({ action_id: id, text }) => (id === undefined ? [] : [{ id, label: text?.text ?? "" }]));
}

async function startDiscordPlatform(now: () => number): Promise<ChatPlatform> {
  const discord = await startDiscord({ patienceMs: 60_000, now });
  const placeOf = (name: string): string => `50000000000000000${NAMES.indexOf(name) + 1}`;
  for (const name of NAMES) discord.server.addChannel(placeOf(name), name);
  const [ann, bob] = ["600000000000000001", "600000000000000002"];
  const nameOf = (user: string): string => (user === ann ? "ann" : "bob");
  const seen = (message: DiscordMessage): SeenMessage & { readonly message: DiscordMessage } => ({
    message,
    body: discordBody(message),
    isInThread: !NAMES.map(placeOf).includes(message.channel),
    buttons: discordButtons(message).map(({ label, id }) => ({
      label,
      async press(user, { id: forged = id, isLate = false, at } = {}) {
        const where = at === undefined ? message : (at as ReturnType<typeof seen>).message;
        await discord.person(user, { name: nameOf(user) }).press(where, forged, { isLate });
      },
    })),
    remove: () => discord.server.remove(message),
  });
  return {
    kind: "discord",
    ann,
    bob,
    section: (channels, more = {}) => ({
      bot_token: discord.botToken,
      guild_id: GUILD,
      api_url: discord.apiUrl,
      channels: Object.fromEntries(channels.map((name) => [name, placeOf(name)])),
      access: { operators: [ann] },
      ...more,
    }),
    connected: () => discord.gateway.connected(),
    transcript: (channel = "alerts") => discord.transcript(placeOf(channel)),
    messages: (channel = "alerts") =>
      discord.server
        .messagesOf(placeOf(channel))
        .filter(({ ephemeralTo }) => ephemeralTo === undefined)
        .map(seen),
    get forms() {
      return discord.server.modals.map((modal) => ({
        user: modal.user,
        text: JSON.stringify(modal.data),
        async submit(values: Readonly<Record<string, string>>, by = modal.user) {
          await discord.person(by, { name: nameOf(by) }).submit(modal, values);
        },
      }));
    },
    toldTo: (user) =>
      discord.server.messages.filter(({ ephemeralTo, isThinking }) => ephemeralTo === user && !isThinking).map(seen),
    async command(user, words, options = {}) {
      await discord.person(user, { name: nameOf(user) }).command(placeOf("alerts"), words, options);
    },
    async mention(user, words, thread) {
      const channel = (thread as ReturnType<typeof seen> | undefined)?.message.id ?? placeOf("alerts");
      discord.person(user, { name: nameOf(user) }).say(channel, `<@${BOT}> ${words}`);
    },
    get problems() {
      return [...discord.record.refused, ...discord.record.notes];
    },
    [Symbol.asyncDispose]: () => discord[Symbol.asyncDispose](),
  };
}

function discordButtons({ components }: DiscordMessage): readonly { readonly label: string; readonly id: string }[] {
  return (components as readonly { readonly components?: readonly Readonly<Record<string, unknown>>[] }[])
    .flatMap(({ components: inner = [] }) => inner)
    .flatMap(({ custom_id: id, label }) =>
      typeof id === "string" && typeof label === "string" ? [{ id, label }] : [],
    );
}
