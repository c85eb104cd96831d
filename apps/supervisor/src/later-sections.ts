import { described, Secret } from "@hal/daemon";
import * as v from "valibot";
import { ErrorLoopSection, StuckSection } from "./capabilities/health/section.ts";
import { Anything, Positive, PositiveInteger, Text } from "./setting-values.ts";

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

const Enabled = described(v.boolean("must be true or false"), "whether it acts");
const Retries = described(PositiveInteger, "so many times, then a person is told");
const RetryReset = described(Positive, "after so long it counts anew");

/** What happens without a person. */
export const PoliciesSection = v.object({
  resume_on_idle: v.optional(
    v.object({
      enabled: v.optional(Enabled, false),
      idle_threshold_seconds: v.optional(described(Positive, "idle for so long"), 300),
      max_retries: v.optional(Retries, 3),
      retry_reset_seconds: v.optional(RetryReset, 3600),
    }),
  ),
  restart_on_compaction: v.optional(
    v.object({
      enabled: v.optional(Enabled, false),
      token_threshold: v.optional(described(PositiveInteger, "so many tokens in the context"), 180_000),
      compaction_threshold: v.optional(described(PositiveInteger, "or so many compactions")),
      max_retries: v.optional(Retries, 2),
      retry_reset_seconds: v.optional(RetryReset, 3600),
    }),
  ),
  alert_on_stuck: v.optional(StuckSection, {}),
  alert_on_error_loop: v.optional(ErrorLoopSection, {}),
  kill_on_cost: v.optional(described(Anything, "what a session, or a day, may cost")),
});
