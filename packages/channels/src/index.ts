export {
  type Abilities,
  type Channel,
  DeliveryError,
  type DeliveryErrorOptions,
  type DeliveryProblem,
  type Edit,
  type Facts,
  type Post,
  type Posted,
} from "./channel.ts";
export { cutEnd, cutStart } from "./cut.ts";
export type { Form, FormInput, FormOption } from "./form.ts";
export type {
  Completion,
  ConnectionState,
  Heard,
  HeardCommand,
  HeardFile,
  HeardForm,
  HeardPress,
  HeardStop,
  HeardWords,
  Listener,
  Person,
  Reply,
} from "./inbound.ts";
export type { Button, Field, Message, Ping, Tone } from "./message.ts";
export { isPrivateHost } from "./webhook/private-addresses.ts";
export { type SignedWebhook, verifyWebhook } from "./webhook/verify-webhook.ts";
export { WEBHOOK_TRIES, webhookWaitMs } from "./webhook/webhook-schedule.ts";
export { WebhookChannel, type WebhookOptions } from "./webhook/webhook.ts";
export { type Held, MemoryChannel } from "./memory/memory-channel.ts";
export type { DiscordChannel, DiscordTextFile } from "./discord/discord-channel.ts";
export { type DiscordCommand, type DiscordCommandOption } from "./discord/discord-command.ts";
export {
  DISCORD_INTENTS,
  DISCORD_PERMISSIONS,
  type DiscordIntent,
  discordInviteUrl,
  type DiscordPermission,
} from "./discord/discord-permissions.ts";
export { type DiscordOptions, openDiscord } from "./discord/open-discord.ts";
export { type RenderedDiscord, renderDiscord } from "./discord/render-discord.ts";
export { openSlack, type SlackOptions } from "./slack/open-slack.ts";
export { type RenderedSlack, renderSlack } from "./slack/render-slack.ts";
export type { SlackChannel, SlackSessionStatus, SlackTextFile } from "./slack/slack-channel.ts";
export { SLACK_APP_SCOPE, SLACK_SCOPES, type SlackScope } from "./slack/slack-scopes.ts";
export {
  SLACK_EVENTS,
  slackCreateUrl,
  type SlackEventType,
  type SlackManifest,
  slackManifest,
  type SlackManifestOptions,
} from "./slack/slack-manifest.ts";
