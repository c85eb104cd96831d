import { type DiscordDouble, GUILD, type SlackDouble, startDiscord, startSlack } from "@hal/testkit";
import { eventually } from "../../e2e/harness/eventually.ts";
import { type HelperProcess, serveBench } from "../harness/helper-process.ts";

/** What is late is measured, and not refused. */
const PATIENCE_MS = 60_000;
const SLACK_CHANNEL = "C0ALERTS";
const DISCORD_CHANNEL = "500000000000000001";
const SLACK_PERSON = "U0ANN";
const DISCORD_PERSON = "600000000000000001";
/** What people ask, in turn. */
const ASKED = ["status", "nodes", "sessions", "inbox"];

interface Platforms {
  readonly slack: SlackDouble;
  readonly discord: DiscordDouble;
}

const ANSWERED_MS = 60_000;

let opened: Promise<Platforms> | undefined;

/** Slack and Discord in one process, with people on both. */
const methods = {
  /** The section `channels` of a supervisor that is to be on both. */
  async section(): Promise<object> {
    const { slack, discord } = await platforms();
    return {
      slack: {
        bot_token: slack.botToken,
        app_token: slack.appToken,
        api_url: slack.apiUrl,
        channels: { alerts: SLACK_CHANNEL },
      },
      discord: {
        bot_token: discord.botToken,
        guild_id: GUILD,
        api_url: discord.apiUrl,
        channels: { alerts: DISCORD_CHANNEL },
      },
    };
  },
  /** Done when somebody hears what is done on both. */
  async connected(): Promise<void> {
    const { slack, discord } = await platforms();
    await Promise.all([slack.socket.connected(), discord.gateway.connected()]);
  },
  /**
   * Has so many commands typed at once, half of them on each, and says how long each was not acknowledged, in milliseconds. It is done
   * when each has its answer.
   */
  async type(count: number): Promise<number[]> {
    const { slack, discord } = await platforms();
    const before = answers(slack, discord);
    const onSlack = slack.person(SLACK_PERSON, "ann");
    const onDiscord = discord.person(DISCORD_PERSON, { name: "ann" });
    const waits = await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const words = ASKED[Math.floor(index / 2) % ASKED.length] as string;
        const began = performance.now();
        const isTaken =
          index % 2 === 0
            ? (await onSlack.command(SLACK_CHANNEL, `/hal ${words}`)).outcome === "acknowledged"
            : (await onDiscord.command(DISCORD_CHANNEL, [words])).isAcknowledged;
        if (!isTaken) throw new Error(`nobody acknowledged ${words}`);
        return performance.now() - began;
      }),
    );
    await eventually(() => {
      const missing = before + count - answers(slack, discord);
      if (missing > 0) throw new Error(`${missing} commands have no answer`);
    }, ANSWERED_MS);
    return waits;
  },
};

/** What the bench can ask of both. */
export type PlatformDoubles = HelperProcess<typeof methods>;

function platforms(): Promise<Platforms> {
  opened ??= start();
  return opened;
}

/** How many commands have their answer. */
function answers(slack: SlackDouble, discord: DiscordDouble): number {
  const onSlack = slack.record.entries.filter(({ kind }) => kind === "response").length;
  return onSlack + discord.record.calls("PATCH /webhooks/:id/:token/messages/@original").length;
}

async function start(): Promise<Platforms> {
  const [slack, discord] = await Promise.all([
    startSlack({ patienceMs: PATIENCE_MS }),
    startDiscord({ patienceMs: PATIENCE_MS }),
  ]);
  slack.workspace.addChannel(SLACK_CHANNEL, "alerts");
  discord.server.addChannel(DISCORD_CHANNEL, "alerts");
  return { slack, discord };
}

serveBench(methods);
