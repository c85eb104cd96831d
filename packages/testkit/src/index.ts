export type { BilledProvider, Served } from "./billing/meter.ts";
export {
  type BillingDouble,
  type BillingFault,
  type BillingOptions,
  type BillingRequest,
  startBilling,
} from "./billing/start-billing.ts";
export { type Certificate, makeAuthority, makeCertificate } from "./certificate.ts";
export { changedDocuments } from "./changed-documents.ts";
export { judgeDiscordCommands, judgeDiscordMessage, judgeDiscordModal } from "./discord/judge-message.ts";
export type { DiscordFault } from "./discord/faults.ts";
export { blemishesOf, callsOf, type MarkdownEffects, readMarkdown } from "./discord/read-markdown.ts";
export { APPLICATION, BOT, type DiscordMessage, GUILD, RIGHTS } from "./discord/server.ts";
export { type DiscordDouble, startDiscord } from "./discord/start-discord.ts";
export { discordBody, discordTranscript } from "./discord/transcript.ts";
export type { Delivered, WrongDelivery } from "./forge/sender.ts";
export { GithubDouble } from "./github/github-double.ts";
export { GitlabDouble } from "./gitlab/gitlab-double.ts";
export { type ModelProvider, type ServedRequest, startModelProvider } from "./model-provider.ts";
export { OFFLINE_OPENCODE } from "./opencode-config.ts";
export { type Directive, parseScript, type Script, type ScriptedUsage, type ToolCall } from "./script.ts";
export {
  type ReceivedWebhook,
  type WebhookAnswer,
  WebhookReceiver,
  type WebhookReceiverOptions,
} from "./webhook/webhook-receiver.ts";
export { type BlockProblem } from "./slack/checks.ts";
export type { SlackOutcome } from "./slack/delivery.ts";
export type { SlackFault } from "./slack/faults.ts";
export { judgeBlocks, judgeModal } from "./slack/judge-blocks.ts";
export { type MrkdwnEffects, readMessage, readMrkdwn } from "./slack/read-mrkdwn.ts";
export { signSlack } from "./slack/sign.ts";
export { type SlackDouble, startSlack } from "./slack/start-slack.ts";
export { slackBody, slackTranscript } from "./slack/transcript.ts";
export type { SlackMessage } from "./slack/workspace.ts";
