import { parseConfig } from "@hal/daemon";
import fc from "fast-check";
import { expect, it } from "vitest";
import { adviceOn, SupervisorConfig } from "../../src/config.ts";
import { shownOrigin } from "../../src/gate/domain/origin.ts";
import { readTls } from "../../src/gate/tls-material.ts";

const secret = fc.oneof(
  fc.stringMatching(/^[0-9a-f]{16,40}$/),
  fc.stringMatching(/^[A-Za-z0-9+/]{14,30}==$/),
  fc.stringMatching(/^s[a-z0-9]{4}["\\\n][a-zé]{6}'[0-9]{2}$/),
);

/** A configuration with every section that there is. */
const WHOLE = {
  server: {
    host: "127.0.0.1",
    port: 1,
    http_port: 2,
    auth_token: "x",
    previous_auth_token: ["y"],
    heartbeat_interval_sec: 1,
    heartbeat_timeout_count: 2,
  },
  database: { path: "/db", retention_days: 1, backup_interval_hours: 1 },
  channels: {
    discord: { bot_token: "x", guild_id: "g", channels: { dev: "1" } },
    slack: { bot_token: "x", app_token: "y", signing_secret: "z", channels: { dev: "C1" } },
    n8n: { url: "https://a", secret: `whsec_${"a".repeat(40)}` },
    webhooks: { w: { url: "https://b", allow_private: true } },
  },
  cost: {
    poll_interval_minutes: 1,
    providers: {
      anthropic: { admin_api_key: "x", base_url: "http://127.0.0.1:9" },
      openai: { org_api_key: "x", base_url: "http://127.0.0.1:9" },
    },
  },
  policies: { resume_on_idle: { enabled: true }, restart_on_compaction: { enabled: true }, kill_on_cost: {} },
  security: {
    tls: { enabled: false, cert_path: "/c", key_path: "/k" },
    origin_allowlist: ["https://a"],
    audit: { enabled: true, retention_days: 1 },
  },
  routes: [{ match: 'session.error && project == "web" || stuck > 5m', target: "webhook#w", limit: "3/h" }],
  dependencies: {},
};

/** The value with `inner` in the place of everything in it, one at a time. */
function* replacements(value: unknown, inner: unknown): Generator {
  yield inner;
  if (typeof value !== "object" || value === null) return;
  for (const [key, old] of Object.entries(value))
    for (const changed of replacements(old, inner))
      yield Array.isArray(value) ? [changed] : { ...value, [key]: changed };
}

function saidOf(value: unknown): string {
  try {
    const { config, warnings } = parseConfig(SupervisorConfig, value, { env: {} });
    const enabled = { ...config.security.tls, enabled: true };
    const advice = [...warnings, ...adviceOn(config)];
    try {
      readTls(enabled, 0);
    } catch (error) {
      advice.push((error as Error).message);
    }
    return advice.join("\n");
  } catch (error) {
    return (error as Error).message;
  }
}

// I15
it("judges a configuration without a word of what is in it, wherever a secret was put", () => {
  fc.assert(
    fc.property(secret, (hidden) => {
      for (const inner of [{ [hidden]: hidden }, [hidden], hidden])
        for (const value of replacements(WHOLE, inner)) {
          const said = saidOf(value);
          // a path to a file is shown, as long as it can be one
          const isPath = /cannot read/.test(said) && !hidden.includes("\n");
          expect(!isPath && (said.includes(hidden) || said.includes(JSON.stringify(hidden).slice(1, -1)))).toBe(false);
        }
    }),
    { numRuns: 10 },
  );
});

it("takes a private key in the place of its path for what it is", () => {
  const key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----\n";
  const value = { ...WHOLE, security: { tls: { enabled: true, cert_path: "/c", key_path: key } } };
  const said = saidOf({ ...value, security: { tls: { ...value.security.tls, cert_path: key } } });
  expect(said).toMatch(/cert_path: cannot read \(no path, \d+ characters\)/);
  expect(said).not.toContain("MIIEvQ");
});

it("logs an origin only where it is one", () => {
  expect(shownOrigin("https://evil.example:8443")).toBe("https://evil.example:8443");
  expect(shownOrigin("https://me:s3cr3t@host")).toBe("(no origin)");
  expect(shownOrigin("Bearer s3cr3t")).toBe("(no origin)");
  expect(shownOrigin(undefined)).toBeUndefined();
});
