import { described, Secret, strictSection, TelemetryConfig, Token } from "@hal/daemon";
import * as v from "valibot";
import { isOriginPattern, ORIGIN_PATTERN } from "./gate/domain/origin.ts";
import { LimitsSection } from "./limits.ts";

const Port = v.pipe(v.number("must be a number"), v.integer(), v.minValue(0), v.maxValue(65_535, "is above 65535"));
const Positive = v.pipe(v.number("must be a number"), v.minValue(0.001, "must be above 0"));
const PositiveInteger = v.pipe(v.number("must be a number"), v.integer("must be a whole number"), v.minValue(1));
const Text = v.pipe(v.string("must be text"), v.minLength(1, "is empty"));
const Switch = v.boolean("must be true or false");
/** Whatever is in it is kept for a version that knows it. */
const Anything = v.record(v.string(), v.unknown());

const Server = v.object({
  auth_token: described(Token, "shared secret of agents and operators; 32 characters or more recommended"),
  previous_auth_token: v.optional(
    described(
      v.pipe(v.union([Token, v.array(Token)], "must be text, or a list of texts"), v.metadata({ writeOnly: true })),
      "what it replaced, or a list: accepted, too, until every agent has the new one; see [Another shared token](#another-shared-token)",
    ),
  ),
  host: v.optional(described(Text, "address to listen on; all interfaces where nothing is said")),
  port: v.optional(described(Port, "WebSocket: agents and halctl"), 8420),
  http_port: v.optional(described(Port, "HTTP API, health, metrics; 0 disables it"), 8421),
  heartbeat_interval_sec: v.optional(described(Positive, "told to agents"), 30),
  heartbeat_timeout_count: v.optional(described(PositiveInteger, "so many missed heartbeats make a node offline"), 3),
});

/** 0 is never; a timer holds no more than 24 days. */
const Days = v.pipe(v.number("must be a number"), v.minValue(0, "is negative"));
const Hours = v.pipe(v.number("must be a number"), v.minValue(0, "is negative"), v.maxValue(500, "is above 500"));

const Database = v.object({
  path: v.optional(described(Text, "also `$DB_PATH`"), "/var/lib/hal-o-swarm/supervisor.db"),
  retention_days: v.optional(
    described(Days, "what is older and belongs to nothing that lives is deleted, once a day; 0 keeps everything"),
    90,
  ),
  backup_interval_hours: v.optional(
    described(Hours, "how often `<database>.backup` is made anew, and once more at a stop; 0 makes none"),
    24,
  ),
});

const Channels = v.object({
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

const Cost = v.object({
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

const Policies = v.object({
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
  kill_on_cost: v.optional(described(Anything, "what a session, or a day, may cost")),
});

const OriginPattern = v.pipe(
  v.string("must be text"),
  v.check(
    isOriginPattern,
    "is no origin; write scheme://host, scheme://host:port or scheme://host:*, with http or https for browsers and no path",
  ),
  v.metadata({ pattern: ORIGIN_PATTERN }),
);

const Tls = v.pipe(
  strictSection({
    enabled: v.optional(described(Switch, "wss and https on both ports, TLS 1.2 or newer, or no start"), false),
    cert_path: v.optional(described(v.string("must be text"), "certificate in PEM, intermediate ones behind it")),
    key_path: v.optional(described(v.string("must be text"), "its key in PEM, without a passphrase")),
  }),
  v.metadata({
    if: { properties: { enabled: { const: true } }, required: ["enabled"] },
    // oxlint-disable-next-line unicorn/no-thenable -- a word of JSON Schema
    then: { allOf: [isGiven("cert_path"), isGiven("key_path")] },
  }),
);

const Security = strictSection({
  tls: v.optional(Tls, {}),
  origin_allowlist: v.optional(
    described(
      v.array(OriginPattern),
      "for browsers: `https://host`, `https://host:8443`, or `https://host:*` for any port; an empty list restricts nothing. A request without Origin (agents, halctl, scripts) is always fine, `null` is not",
    ),
    [],
  ),
  audit: v.optional(
    strictSection({
      enabled: v.optional(
        described(
          Switch,
          "who did what, and who was refused: `halctl audit`, table `audit_logs`; never a prompt, an answer or a secret",
        ),
        true,
      ),
      retention_days: v.optional(described(PositiveInteger, "older rows are deleted"), 90),
    }),
    {},
  ),
});

const LATER = "accepted as the deployment guide writes it; this version does not act on it and says so";

const Interactions = strictSection({
  answer_timeout_seconds: v.optional(
    described(
      v.pipe(v.number("must be a number"), v.minValue(1, "is below 1"), v.maxValue(604_800, "is above 604800, 7 days")),
      "an answer that its node did not come for within so long expires, unless whoever gave it said a deadline",
    ),
    300,
  ),
});

/** The supervisor's configuration, as the deployment guide writes it. */
export const SupervisorConfig = v.object({
  server: Server,
  database: v.optional(Database, {}),
  security: v.optional(Security, {}),
  telemetry: v.optional(TelemetryConfig, {}),
  limits: v.optional(described(LimitsSection, "what people and programs may ask of it; see [Limits](#limits)"), {}),
  interactions: v.optional(Interactions, {}),
  channels: v.optional(described(Channels, LATER), {}),
  cost: v.optional(described(Cost, LATER), {}),
  policies: v.optional(described(Policies, LATER), {}),
  routes: v.optional(described(v.array(v.unknown()), LATER)),
  dependencies: v.optional(described(Anything, LATER)),
  auto_intervention: v.optional(described(Anything, LATER)),
});
export type SupervisorConfig = v.InferOutput<typeof SupervisorConfig>;

/** A setting by its place, such as `server.port`; a section by its own, too. */
export type ConfigKey = PlaceIn<SupervisorConfig>;
type PlaceIn<Section> = {
  [Key in keyof Section & string]:
    | Key
    | (NonNullable<Section[Key]> extends readonly unknown[] ? never : Below<Key, NonNullable<Section[Key]>>);
}[keyof Section & string];
type Below<Key extends string, Value> = Value extends object ? `${Key}.${PlaceIn<Value>}` : never;

/** In JSON Schema: the path is said, here or in a file. */
function isGiven(key: string): object {
  const given = { properties: { [key]: { minLength: 1 } }, required: [key] };
  return { anyOf: [given, { required: [`${key}_file`] }] };
}

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
