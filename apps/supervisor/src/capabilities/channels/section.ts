import { described, Secret } from "@hal/daemon";
import { MOST_TARGETS, RulePattern, TargetName } from "@hal/protocol";
import * as v from "valibot";
import { Switch, Text } from "../../setting-values.ts";
import { VOLUME_ENTRIES } from "./volume-section.ts";

/** What signs a webhook: 24 to 64 bytes in base64 behind `whsec_`. */
export const WebhookSecret = v.pipe(
  Secret,
  v.check(
    isWebhookSecret,
    "must be whsec_ and 24 to 64 bytes in base64; make one with: echo whsec_$(openssl rand -base64 32)",
  ),
);

const Webhook = v.object({
  url: described(
    v.pipe(Secret, v.check(isWebAddress, "must be an address that begins with https:// or http://")),
    "where it is posted to; whoever knows it may be able to post there, too",
  ),
  secret: v.optional(
    described(
      WebhookSecret,
      "what signs it, as Standard Webhooks say, so that whoever gets it knows that it is from here; nothing is signed without it",
    ),
  ),
  allow_private: v.optional(
    described(Switch, "whether the address may be on this machine or in its network, such as an n8n at home"),
    false,
  ),
});
export type Webhook = v.InferOutput<typeof Webhook>;

const People = v.pipe(
  v.array(
    v.pipe(
      v.string("must be text"),
      v.regex(
        /^(everyone|((user|role):)?[A-Za-z0-9_-]{1,64})$/,
        "must be everyone, user:ID or role:ID, by the platform's own ids",
      ),
    ),
    "must be a list",
  ),
  v.maxLength(1_000, "has more than 1000 people and roles"),
);

const Access = v.strictObject({
  viewers: v.optional(described(People, "who may read: `everyone`, `user:ID` or `role:ID`"), ["everyone"]),
  operators: v.optional(described(People, "who may act, such as answer what is asked"), []),
  admins: v.optional(described(People, "who may do everything"), []),
});
export type Access = v.InferOutput<typeof Access>;

const ThreadReplies = v.picklist(["off", "queue", "steer"], "must be off, queue or steer");
const THREAD_REPLIES =
  "what becomes of words in the thread of a session: nothing, or a prompt to it, once its turn is over (`queue`) or into that turn (`steer`)";

const Status = v.optional(
  described(
    TargetName,
    "the one of `channels` with a message that shows how the fleet is, and is kept so; none without it",
  ),
);

const BuildCommands = v.optional(
  described(
    v.pipe(v.array(RulePattern, "must be a list"), v.maxLength(200, "has more than 200 patterns")),
    "patterns of the commands that build or test, such as `make *`, of which a channel `build-log` is told where they fail; without it the usual ones",
  ),
);

const Discord = v.object({
  bot_token: described(Secret, "token of the app's bot"),
  guild_id: described(Text, "the server that it is on"),
  api_url: v.optional(described(Text, "another address than Discord's own, without a version")),
  access: v.optional(
    described(Access, "who may do what there; without it everybody may read, and act whoever may manage the server"),
  ),
  thread_replies: v.optional(
    described(ThreadReplies, `${THREAD_REPLIES}; the app needs the Message Content Intent for it`),
    "off",
  ),
  ...VOLUME_ENTRIES,
  channels: v.optional(
    described(v.record(TargetName, Text), "ids of channels, by what is posted there: `discord#<name>` in routes"),
    {},
  ),
  status: Status,
  build_commands: BuildCommands,
});

const Slack = v.object({
  bot_token: described(Secret, "token of the app's bot; it begins with `xoxb-`"),
  app_token: v.optional(
    described(Secret, "token of the app by which it hears people in Socket Mode; it begins with `xapp-`"),
  ),
  signing_secret: v.optional(described(Secret, "proves that requests are from Slack, where it hears people by those")),
  mode: v.optional(
    described(
      v.picklist(["socket", "http"], "must be socket or http"),
      "how it hears what people do: over a connection that it makes, or by requests to its HTTP port",
    ),
    "socket",
  ),
  api_url: v.optional(described(Text, "another address than Slack's own, with its final slash")),
  agent: v.optional(
    described(
      Switch,
      "whether the app is declared an agent: threads show then what their session does, with Slack's own button that stops it",
    ),
    false,
  ),
  thread_replies: v.optional(described(ThreadReplies, THREAD_REPLIES), "off"),
  access: v.optional(described(Access, "who may do what there; without it everybody may read, and nobody act"), {}),
  ...VOLUME_ENTRIES,
  channels: v.optional(
    described(
      v.record(TargetName, Text),
      "ids of channels, such as `C0123`, by what is posted there: `slack#<name>` in routes",
    ),
    {},
  ),
  status: Status,
  build_commands: BuildCommands,
});

/** Where people and programs are told. */
export const ChannelsSection = v.object({
  discord: v.optional(Discord),
  slack: v.optional(Slack),
  webhooks: v.optional(
    described(
      v.pipe(v.record(TargetName, Webhook), v.maxEntries(MOST_TARGETS, `has more than ${MOST_TARGETS} webhooks`)),
      "addresses to which notices are posted, by a name: `webhook#<name>` in routes",
    ),
    {},
  ),
  n8n: v.optional(described(Webhook, "another way to write `channels.webhooks.n8n`")),
});

export function isWebAddress(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === "https:" || url.protocol === "http:");
}

function isWebhookSecret(text: string): boolean {
  const match = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text);
  const size = Buffer.from(match?.[1] ?? "", "base64").length;
  return size >= 24 && size <= 64;
}
