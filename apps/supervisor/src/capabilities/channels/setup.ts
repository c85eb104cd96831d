import { SLACK_APP_SCOPE, SLACK_EVENTS, SLACK_SCOPES, slackCreateUrl, slackManifest } from "@hal/channels";
import { HalError } from "@hal/protocol";
import type { Handler } from "../../operations/handler.ts";

const NAME = "HAL";

/** How an app on Slack is made. */
export const setup: Handler<"channels.setup"> = async (_context, { url, agent: isAgent }) => {
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
    steps: stepsOf(url !== undefined),
    rights: url === undefined ? [...rights, { name: SLACK_APP_SCOPE.scope, why: SLACK_APP_SCOPE.why }] : rights,
    events: SLACK_EVENTS.filter(({ event }) => told.includes(event)).map(({ event, why }) => ({ name: event, why })),
    manifest: JSON.stringify(manifest, null, 2),
    address: slackCreateUrl(manifest),
  };
};

function stepsOf(hasAddress: boolean): string[] {
  return [
    'Open the address in a browser, choose the workspace, and make the app; or make one "from a manifest" and paste it.',
    "Install it to the workspace. Copy the token that begins with xoxb- from OAuth & Permissions into channels.slack.bot_token.",
    hasAddress
      ? "Copy the signing secret from Basic Information into channels.slack.signing_secret, and set channels.slack.mode to http."
      : "Under Basic Information make an app-level token with connections:write, and copy it into channels.slack.app_token.",
    "Name channels under channels.slack.channels by their ids, and type /invite @HAL in each.",
    "Name who may act under channels.slack.access by their member ids, and restart the supervisor.",
    "halctl channels test slack#alerts says whether it arrives, and what is missing.",
  ];
}
