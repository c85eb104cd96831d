import { strictSection } from "@hal/daemon";
import * as v from "valibot";
import { isOriginPattern } from "./domain/origin.ts";

const Port = v.pipe(v.number("must be a number"), v.integer(), v.minValue(0), v.maxValue(65_535, "is above 65535"));
const Positive = v.pipe(v.number("must be a number"), v.minValue(0.001, "must be above 0"));
const PositiveInteger = v.pipe(v.number("must be a number"), v.integer("must be a whole number"), v.minValue(1));
const Text = v.pipe(v.string("must be text"), v.minLength(1, "is empty"));

const Server = v.object({
  host: v.optional(Text),
  port: v.optional(Port, 8420),
  http_port: v.optional(Port, 8421),
  auth_token: Text,
  /** what `auth_token` replaced; accepted beside it while agents that are away have it still */
  previous_auth_token: v.optional(v.union([Text, v.array(Text)], "must be text, or a list of texts")),
  heartbeat_interval_sec: v.optional(Positive, 30),
  heartbeat_timeout_count: v.optional(PositiveInteger, 3),
});

/** 0 is never; a timer holds no more than 24 days. */
const Days = v.pipe(v.number("must be a number"), v.minValue(0, "is negative"));
const Hours = v.pipe(v.number("must be a number"), v.minValue(0, "is negative"), v.maxValue(500, "is above 500"));

const Database = v.object({
  path: v.optional(Text, "/var/lib/hal-o-swarm/supervisor.db"),
  /** what is older and belongs to nothing that lives is deleted; 0 keeps everything */
  retention_days: v.optional(Days, 90),
  /** how often `<path>.backup` is made anew; 0 makes none */
  backup_interval_hours: v.optional(Hours, 24),
});

const Channels = v.object({
  discord: v.optional(
    v.object({
      bot_token: Text,
      guild_id: Text,
      channels: v.optional(v.record(v.string(), v.string()), {}),
    }),
  ),
  slack: v.optional(v.record(v.string(), v.unknown())),
  n8n: v.optional(v.record(v.string(), v.unknown())),
});

const Cost = v.object({
  poll_interval_minutes: v.optional(Positive, 60),
  providers: v.optional(
    v.object({
      anthropic: v.optional(v.object({ admin_api_key: Text })),
      openai: v.optional(v.object({ org_api_key: Text })),
    }),
    {},
  ),
});

const Policies = v.object({
  resume_on_idle: v.optional(
    v.object({
      enabled: v.optional(v.boolean(), false),
      idle_threshold_seconds: v.optional(Positive, 300),
      max_retries: v.optional(PositiveInteger, 3),
      retry_reset_seconds: v.optional(Positive, 3600),
    }),
  ),
  restart_on_compaction: v.optional(
    v.object({
      enabled: v.optional(v.boolean(), false),
      token_threshold: v.optional(PositiveInteger, 180_000),
      compaction_threshold: v.optional(PositiveInteger),
      max_retries: v.optional(PositiveInteger, 2),
      retry_reset_seconds: v.optional(Positive, 3600),
    }),
  ),
  kill_on_cost: v.optional(v.record(v.string(), v.unknown())),
});

const OriginPattern = v.pipe(
  v.string("must be text"),
  v.check(
    isOriginPattern,
    "is no origin; write scheme://host, scheme://host:port or scheme://host:*, with http or https for browsers and no path",
  ),
);

const Security = strictSection({
  tls: v.optional(
    strictSection({
      enabled: v.optional(v.boolean("must be true or false"), false),
      cert_path: v.optional(v.string()),
      key_path: v.optional(v.string()),
    }),
    {},
  ),
  origin_allowlist: v.optional(v.array(OriginPattern), []),
  audit: v.optional(
    strictSection({
      enabled: v.optional(v.boolean("must be true or false"), true),
      retention_days: v.optional(PositiveInteger, 90),
    }),
    {},
  ),
});

/** The supervisor's configuration, as the deployment guide writes it. */
export const SupervisorConfig = v.object({
  server: Server,
  database: v.optional(Database, {}),
  channels: v.optional(Channels, {}),
  cost: v.optional(Cost, {}),
  policies: v.optional(Policies, {}),
  security: v.optional(Security, {}),
  routes: v.optional(v.array(v.unknown())),
  dependencies: v.optional(v.record(v.string(), v.unknown())),
  auto_intervention: v.optional(v.record(v.string(), v.unknown())),
});
export type SupervisorConfig = v.InferOutput<typeof SupervisorConfig>;

/** What an operator should know about a configuration that is valid. */
export function adviceOn(config: SupervisorConfig): string[] {
  const advice: string[] = [];
  const token = config.server.auth_token;
  if (/^your-|changeme|^secret$/i.test(token))
    advice.push("server.auth_token is a placeholder that everybody knows; make one with: openssl rand -hex 32");
  else if (token.length < 32)
    advice.push(`server.auth_token has ${token.length} characters; 32 or more are recommended`);
  if (previousTokens(config).includes(token))
    advice.push("server.previous_auth_token is the same as server.auth_token; it is for the one before");
  for (const [section, configured] of inactiveSections(config))
    if (configured) advice.push(`${section} is configured; this version keeps the setting but does not act on it yet`);
  return advice;
}

/** The tokens that the shared one replaced, as far as they are accepted beside it. */
export function previousTokens({ server }: SupervisorConfig): string[] {
  return [server.previous_auth_token ?? []].flat();
}

function inactiveSections(config: SupervisorConfig): [string, boolean][] {
  const { channels, cost, policies } = config;
  return [
    ["channels.discord", channels.discord !== undefined],
    ["channels.slack", channels.slack !== undefined],
    ["channels.n8n", channels.n8n !== undefined],
    ["cost.providers", Object.keys(cost.providers).length > 0],
    ["policies.resume_on_idle", policies.resume_on_idle?.enabled === true],
    ["policies.restart_on_compaction", policies.restart_on_compaction?.enabled === true],
    ["policies.kill_on_cost", policies.kill_on_cost !== undefined],
    ["routes", config.routes !== undefined],
    ["dependencies", config.dependencies !== undefined],
    ["auto_intervention", config.auto_intervention !== undefined],
  ];
}
