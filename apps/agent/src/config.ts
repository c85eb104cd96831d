import { isEncrypted, strictSection, type Trust, trustOf } from "@hal/daemon";
import * as v from "valibot";

const Text = v.pipe(v.string("must be text"), v.minLength(1, "is empty"));

const SupervisorUrl = v.pipe(
  Text,
  v.check((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url !== undefined && ["ws:", "wss:", "http:", "https:"].includes(url.protocol);
  }, "is not a ws:// or wss:// address, such as ws://supervisor-host:8420"),
);

const Project = v.object({
  name: v.pipe(Text, v.regex(/^[^/\s]+$/, "may hold neither spaces nor slashes")),
  directory: v.pipe(Text, v.startsWith("/", "must be an absolute path")),
});

/** The agent's configuration, as the deployment guide writes it, and what it leaves open. */
export const AgentConfig = v.object({
  supervisor_url: SupervisorUrl,
  auth_token: Text,
  opencode_port: v.optional(v.pipe(v.number("must be a number"), v.integer(), v.minValue(0), v.maxValue(65_535)), 4096),
  projects: v.optional(
    v.pipe(
      v.array(Project),
      v.check(
        (projects) => new Set(projects.map(({ name }) => name)).size === projects.length,
        "two projects have the same name",
      ),
    ),
    [],
  ),
  data_dir: v.optional(Text),
  node: v.optional(v.object({ name: v.optional(Text), labels: v.optional(v.record(v.string(), v.string()), {}) }), {}),
  tls: v.optional(
    strictSection({
      /** the authorities that count instead of the well-known ones */
      ca_path: v.optional(Text),
      /** SHA-256 of the supervisor's certificate; several while it is renewed */
      fingerprint: v.optional(v.union([Text, v.pipe(v.array(Text), v.minLength(1, "is empty"))], "must be text")),
      /** whatever certificate is shown is taken */
      insecure: v.optional(v.boolean("must be true or false"), false),
    }),
    {},
  ),
  opencode: v.optional(
    v.object({
      /** the program; found on PATH where it has no slash */
      command: v.optional(Text, "opencode"),
      /** variables for opencode beside the few that it inherits */
      env: v.optional(v.record(v.string(), v.string()), {}),
      /** where opencode keeps sessions; the agent's own place by default */
      data_dir: v.optional(Text),
      /** an auth.json of opencode that is copied over */
      auth_file: v.optional(Text),
      /** an idle opencode that uses more memory than this is replaced */
      max_rss_mb: v.optional(v.pipe(v.number("must be a number"), v.minValue(1)), 2048),
      /** so many starts within ten minutes, then a pause of five */
      max_restarts: v.optional(v.pipe(v.number("must be a number"), v.integer(), v.minValue(1)), 10),
      /** opencode configuration, laid over what it finds itself */
      config: v.optional(v.record(v.string(), v.unknown())),
    }),
    {},
  ),
});
export type AgentConfig = v.InferOutput<typeof AgentConfig>;

/** By what the supervisor is known; `HAL_CA_FILE` stands for `tls.ca_path`, where the address is one of TLS. */
export function trustIn(config: AgentConfig, env: Readonly<Record<string, string | undefined>>): Trust {
  const { supervisor_url: url, tls } = config;
  const fromEnv = isEncrypted(url) && env["HAL_CA_FILE"] !== "" ? env["HAL_CA_FILE"] : undefined;
  return trustOf(
    {
      url,
      caPath: fromEnv ?? tls.ca_path,
      fingerprints: tls.fingerprint === undefined ? [] : [tls.fingerprint].flat(),
      isInsecure: tls.insecure,
    },
    {
      url: "supervisor_url",
      ca: fromEnv === undefined ? "tls.ca_path" : "HAL_CA_FILE",
      fingerprint: "tls.fingerprint",
      insecure: "tls.insecure",
    },
  );
}

/** What an operator should know about a configuration that is valid. */
export function adviceOn({ tls, supervisor_url: url }: AgentConfig): string[] {
  return tls.insecure && isEncrypted(url)
    ? [
        "tls.insecure is true: the supervisor's certificate is NOT checked, and whoever is in between can read the token and give orders; set tls.ca_path or tls.fingerprint instead",
      ]
    : [];
}

/** A sentence for somebody who gave the agent the supervisor's file, as one block of variables for both invites to. */
export function wrongFile(value: unknown): string | undefined {
  return typeof value === "object" && value !== null && "server" in value && !("supervisor_url" in value)
    ? "this is a supervisor's configuration; the agent needs its own (usually /etc/hal-o-swarm/agent.config.json)"
    : undefined;
}
