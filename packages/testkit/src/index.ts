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
