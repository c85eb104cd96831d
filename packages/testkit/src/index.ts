export { type Certificate, makeAuthority, makeCertificate } from "./certificate.ts";
export { changedDocuments } from "./changed-documents.ts";
export { type ModelProvider, startModelProvider } from "./model-provider.ts";
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
