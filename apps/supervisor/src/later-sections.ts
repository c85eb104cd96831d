import { described, Secret } from "@hal/daemon";
import * as v from "valibot";
import { Anything, Positive, Text } from "./setting-values.ts";

/** Where people are told; as the deployment guide writes it, like the sections below. This version acts on none of them. */
export const ChannelsSection = v.object({
  discord: v.optional(
    v.object({
      bot_token: described(Secret, "token of the bot"),
      guild_id: described(Text, "the server that it is on"),
      channels: v.optional(described(v.record(v.string(), v.string()), "ids of channels, by what is posted there"), {}),
    }),
  ),
  slack: v.optional(described(Anything, "a workspace of Slack")),
  n8n: v.optional(described(Anything, "a webhook of n8n")),
});

/** Who says what is spent. */
export const CostSection = v.object({
  poll_interval_minutes: v.optional(described(Positive, "how often providers are asked"), 60),
  providers: v.optional(
    v.object({
      anthropic: v.optional(v.object({ admin_api_key: described(Secret, "an Admin API key of Anthropic") })),
      openai: v.optional(v.object({ org_api_key: described(Secret, "an Admin key of an OpenAI organisation") })),
    }),
    {},
  ),
});
