import {
  DISCORD_INTENTS,
  DISCORD_PERMISSIONS,
  discordInviteUrl,
  SLACK_APP_SCOPE,
  SLACK_EVENTS,
  SLACK_SCOPES,
  slackCreateUrl,
  slackManifest,
} from "@hal/channels";
import { HalError, type OperationOutput, type ParsedInput } from "@hal/protocol";
import type { Handler } from "../../operations/handler.ts";

const NAME = "HAL";

/** How an app on a platform is made. */
export const setup: Handler<"channels.setup"> = async (_context, input) =>
  input.platform === "discord" ? discordSetup(input) : slackSetup(input);

type Setup = OperationOutput<"channels.setup">;
type Asked = ParsedInput<"channels.setup">;

function discordSetup({ application }: Asked): Setup {
  const rights = DISCORD_PERMISSIONS.map(({ name, why }) => ({ name, why }));
  const events = DISCORD_INTENTS.map(({ name, why, isPrivileged = false }) => ({
    name,
    why: isPrivileged ? `${why}; only with channels.discord.thread_replies, and turned on under Bot` : why,
  }));
  return {
    steps: [
      "Make an application in the Developer Portal of Discord. Under Bot reset the token, and copy it into channels.discord.bot_token.",
      application === undefined
        ? "Copy its Application ID, and ask again for an address that has it: halctl channels setup discord --application ID"
        : "Open the address in a browser, and choose the server.",
      "Turn on the Developer Mode in your own settings, and copy the server's id into channels.discord.guild_id, and those of channels into channels.discord.channels.",
      "Name who may act under channels.discord.access by ids of users and roles; without it whoever may manage the server does. Restart the supervisor, or have it read the file again with SIGHUP.",
      "halctl channels test discord#alerts says whether it arrives, and what is missing.",
    ],
    rights,
    events,
    manifest: "",
    address: discordInviteUrl(application ?? "APPLICATION_ID"),
  };
}

function slackSetup({ url, agent: isAgent }: Asked): Setup {
  if (url !== undefined && URL.parse(url)?.protocol !== "https:")
    throw new HalError("bad_request", "url: Slack reaches addresses that begin with https:// alone");
  const manifest = slackManifest({
    name: NAME,
    isAgent,
    ...(url === undefined ? { mode: "socket" } : { mode: "http", url }),
  });
  const { scopes } = manifest.oauth_config;
  const told = manifest.settings.event_subscriptions.bot_events;
  const rights = SLACK_SCOPES.filter(({ scope }) => scopes.bot.includes(scope)).map(({ scope, why }) => ({
    name: scope,
    why,
  }));
  return {
    steps: stepsOf(url !== undefined, isAgent),
    rights: url === undefined ? [...rights, { name: SLACK_APP_SCOPE.scope, why: SLACK_APP_SCOPE.why }] : rights,
    events: SLACK_EVENTS.filter(({ event }) => told.includes(event)).map(({ event, why }) => ({ name: event, why })),
    manifest: JSON.stringify(manifest, null, 2),
    address: slackCreateUrl(manifest),
  };
}

function stepsOf(hasAddress: boolean, isAgent: boolean): string[] {
  return [
    'Open the address in a browser, choose the workspace, and make the app; or make one "from a manifest" and paste it.',
    "Install it to the workspace. Copy the token that begins with xoxb- from OAuth & Permissions into channels.slack.bot_token.",
    hasAddress
      ? "Copy the signing secret from Basic Information into channels.slack.signing_secret, and set channels.slack.mode to http."
      : "Under Basic Information make an app-level token with connections:write, and copy it into channels.slack.app_token.",
    ...(isAgent ? ["Set channels.slack.agent to true, so that threads show what their session does."] : []),
    "Name channels under channels.slack.channels by their ids, and type /invite @HAL in each.",
    "Name who may act under channels.slack.access by their member ids, and restart the supervisor, or have it read the file again with SIGHUP.",
    "halctl channels test slack#alerts says whether it arrives, and what is missing.",
  ];
}
