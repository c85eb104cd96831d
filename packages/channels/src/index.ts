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
export type { Button, Field, Message, Ping, Tone } from "./message.ts";
export { isPrivateHost } from "./webhook/private-addresses.ts";
export { WEBHOOK_TRIES, webhookWaitMs } from "./webhook/webhook-schedule.ts";
export { WebhookChannel, type WebhookOptions } from "./webhook/webhook.ts";
export { type Held, MemoryChannel } from "./memory/memory-channel.ts";
