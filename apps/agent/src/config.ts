import {
  addressProblem,
  described,
  isEncrypted,
  strictSection,
  TelemetryConfig,
  Token,
  type Trust,
  trustOf,
} from "@hal/daemon";
import * as v from "valibot";
import { HealthSection } from "./capabilities/health/section.ts";
import { LimitsSection } from "./limits.ts";

const Text = v.pipe(v.string("must be text"), v.minLength(1, "is empty"));

const SupervisorUrl = v.pipe(
  Text,
  v.check(
    (text) => addressProblem(text) === undefined,
    ({ input }) => addressProblem(input) ?? "",
  ),
  v.metadata({ pattern: "^([wW][sS]{1,2}|[hH][tT]{2}[pP][sS]?)://[^/?#\\s]" }),
);

const Project = v.object({
  name: described(
    v.pipe(Text, v.regex(/^[^/\s]+$/, "may hold neither spaces nor slashes")),
    "what people call it; different from the others of this node",
  ),
  directory: described(
    v.pipe(Text, v.startsWith("/", "must be an absolute path")),
    "a missing or inaccessible one is a state, not an error",
  ),
  critical: v.optional(
    described(
      v.boolean("must be true or false"),
      "what runs in it goes on where a budget stops what runs; nothing begins in it then, either",
    ),
    false,
  ),
});

/** In JSON Schema as `parseFingerprint` reads it: `AB:CD:…`, plain hex, or a line of openssl. */
const Fingerprint = v.pipe(
  Text,
  v.metadata({ pattern: "^(.*=)?([sS][hH][aA]-?256:)?[\\s:]*([0-9a-fA-F][\\s:]*){64}$" }),
);

const Tls = v.pipe(
  strictSection({
    ca_path: v.optional(
      described(
        Text,
        "authorities in PEM instead of the well-known ones; also `$HAL_CA_FILE`. Read again for each connection",
      ),
    ),
    fingerprint: v.optional(
      described(
        v.union([Fingerprint, v.pipe(v.array(Fingerprint), v.minLength(1, "is empty"))], "must be text"),
        "SHA-256 of the supervisor's certificate, with or without colons; a list while it is renewed",
      ),
    ),
    insecure: v.optional(
      described(
        v.boolean("must be true or false"),
        "whatever certificate is shown is taken, with a warning at each start: whoever is in between can read the token",
      ),
      false,
    ),
  }),
  v.metadata({
    not: {
      properties: { insecure: { const: true } },
      required: ["insecure"],
      anyOf: isKnownBy("ca_path", "fingerprint"),
    },
  }),
);

/** The program that does the work, and what it may use. */
const Opencode = v.object({
  command: v.optional(described(Text, "the program; found on PATH where it has no slash"), "opencode"),
  env: v.optional(
    described(
      v.record(v.string(), v.string()),
      "variables for opencode, such as provider keys; it inherits only PATH, HOME, the language, proxies and certificates",
    ),
    {},
  ),
  data_dir: v.optional(
    described(Text, "where opencode keeps sessions; below the agent's `data_dir` where nothing is said"),
  ),
  auth_file: v.optional(described(Text, "an `auth.json` of opencode that is copied over at each start")),
  start_timeout_seconds: v.optional(
    described(
      v.pipe(v.number("must be a number"), v.minValue(1), v.maxValue(3_600)),
      "how long a start may make no progress; twice as long after each start that failed, ten minutes at most",
    ),
    30,
  ),
  max_rss_mb: v.optional(
    described(
      v.pipe(v.number("must be a number"), v.minValue(1)),
      "an idle opencode that uses more memory, and is older than a minute, is replaced by a new one",
    ),
    2048,
  ),
  max_restarts: v.optional(
    described(
      v.pipe(v.number("must be a number"), v.integer("must be a whole number"), v.minValue(1)),
      "so many starts within ten minutes, then a pause of five",
    ),
    10,
  ),
  config: v.optional(
    described(v.record(v.string(), v.unknown()), "opencode configuration, laid over what opencode finds itself"),
  ),
});

/** The agent's configuration, as the deployment guide writes it, and what it leaves open. */
export const AgentConfig = v.pipe(
  v.object({
    supervisor_url: described(SupervisorUrl, "`ws://host:8420`, with or without a path; wss, http and https work, too"),
    auth_token: described(
      Token,
      "the supervisor's `server.auth_token`, or a token with the role agent; one that the supervisor handed out since comes before it",
    ),
    opencode_port: v.optional(
      described(
        v.pipe(v.number("must be a number"), v.integer(), v.minValue(0), v.maxValue(65_535)),
        "on loopback, another one for each agent; 0 takes any free one",
      ),
      4096,
    ),
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
    data_dir: v.optional(
      described(
        Text,
        "identity, outbox, opencode's data; one for each agent; also `$HAL_DATA_DIR`. `/var/lib/hal-o-swarm/agent` where it can be written, else `~/.local/state/hal-agent`",
      ),
    ),
    node: v.optional(
      v.object({
        name: v.optional(described(Text, "how people call this node; its host name where nothing is said")),
        labels: v.optional(described(v.record(v.string(), v.string()), "what people sort nodes by"), {}),
      }),
      {},
    ),
    tls: v.optional(described(Tls, "how the supervisor is known over wss; see [TLS](#tls)"), {}),
    opencode: v.optional(Opencode, {}),
    health: v.optional(HealthSection, {}),
    telemetry: v.optional(TelemetryConfig, {}),
    limits: v.optional(described(LimitsSection, "what it keeps; see [Limits](#limits)"), {}),
  }),
  v.metadata({
    if: { properties: { supervisor_url: { pattern: "^([wW][sS]|[hH][tT]{2}[pP]):" } }, required: ["supervisor_url"] },
    // oxlint-disable-next-line unicorn/no-thenable -- a word of JSON Schema
    then: { properties: { tls: { not: { anyOf: isKnownBy("ca_path", "fingerprint") } } } },
  }),
);
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

/** In JSON Schema: one of them is set, here or in a file. */
function isKnownBy(...keys: readonly string[]): { required: string[] }[] {
  return keys.flatMap((key) => [{ required: [key] }, { required: [`${key}_file`] }]);
}
