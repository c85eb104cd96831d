import { described, TelemetryConfig, Token } from "@hal/daemon";
import * as v from "valibot";
import { adviceOnBills } from "./capabilities/bills/section.ts";
import { adviceOnChannels } from "./capabilities/channels/advice-on-channels.ts";
import { BudgetsSection } from "./capabilities/budgets/section.ts";
import { ChannelsSection } from "./capabilities/channels/section.ts";
import { DatabaseSection } from "./capabilities/database/section.ts";
import { adviceOnIncoming } from "./capabilities/incoming/advice-on-incoming.ts";
import { IncomingSection } from "./capabilities/incoming/section.ts";
import { InteractionsSection } from "./capabilities/interactions/section.ts";
import { adviceOnRoutes } from "./capabilities/notices/route-book.ts";
import { RoutesSection } from "./capabilities/notices/section.ts";
import { AutoInterventionSection, PoliciesSection } from "./capabilities/policies/section.ts";
import { DependenciesSection } from "./capabilities/projects/section.ts";
import { RulesSection } from "./capabilities/rules/section.ts";
import { SchedulesSection } from "./capabilities/schedules/section.ts";
import { SessionsSection } from "./capabilities/sessions/section.ts";
import { SecuritySection } from "./gate/section.ts";
import { CostSection } from "./later-sections.ts";
import { LimitsSection } from "./limits.ts";
import { Port, Positive, PositiveInteger, Text } from "./setting-values.ts";

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

/** The supervisor's configuration, as the deployment guide writes it. */
export const SupervisorConfig = v.object({
  server: Server,
  database: v.optional(DatabaseSection, {}),
  security: v.optional(SecuritySection, {}),
  telemetry: v.optional(TelemetryConfig, {}),
  limits: v.optional(described(LimitsSection, "what people and programs may ask of it; see [Limits](#limits)"), {}),
  interactions: v.optional(InteractionsSection, {}),
  interaction_rules: v.optional(
    described(
      RulesSection,
      "standing rules: what is asked for a permission and answered without a person; see [Standing rules](#standing-rules)",
    ),
    [],
  ),
  sessions: v.optional(SessionsSection, {}),
  channels: v.optional(described(ChannelsSection, "where people and programs are told; see [Channels](#channels)"), {}),
  cost: v.optional(described(CostSection, "what is spent, and what providers bill; see [Bills](#bills)"), {}),
  budgets: v.optional(
    described(BudgetsSection, "what may be spent, and what is done then; see [Budgets](#budgets)"),
    [],
  ),
  policies: v.optional(described(PoliciesSection, "what happens without a person; see [Policies](#policies)"), {}),
  schedules: v.optional(
    described(SchedulesSection, "sessions that start again and again, at set times; see [Schedules](#schedules)"),
    [],
  ),
  routes: v.optional(
    described(
      RoutesSection,
      "which events are told to whom; without it each target is told what most want to know; see [Routes](#routes)",
    ),
  ),
  incoming: v.optional(
    described(IncomingSection, "who may have sessions started by webhooks; see [Webhooks in](#webhooks-in)"),
    {},
  ),
  dependencies: v.optional(
    described(DependenciesSection, "which project waits for which; see [Dependencies](#dependencies)"),
    {},
  ),
  auto_intervention: v.optional(
    described(AutoInterventionSection, "an older shape of `policies`, which counts where both say something"),
  ),
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
  if (config.auto_intervention !== undefined)
    advice.push("auto_intervention is an older shape that is deprecated: write it as policies; what that says counts");
  advice.push(...adviceOnChannels(config.channels), ...adviceOnRoutes(config), ...adviceOnIncoming(config.incoming));
  advice.push(...adviceOnBills(config.cost.providers));
  return advice;
}

/** The tokens that the shared one replaced, as far as they are accepted beside it. */
export function previousTokens({ server }: SupervisorConfig): string[] {
  return [server.previous_auth_token ?? []].flat();
}
