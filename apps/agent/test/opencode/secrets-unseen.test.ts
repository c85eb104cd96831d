import { parseConfig, systemClock } from "@hal/daemon";
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { adviceOn, AgentConfig, trustIn } from "../../src/config.ts";
import { Secrets, secretsIn } from "../../src/opencode/process/domain/secrets.ts";
import { secretsReader } from "../../src/opencode/process/credentials.ts";

const secret = fc.oneof(
  fc.stringMatching(/^[0-9a-f]{16,40}$/),
  fc.stringMatching(/^[A-Za-z0-9+/]{14,30}==$/),
  fc.stringMatching(/^s[a-z0-9]{4}["\\\n][a-zé√]{6}'[0-9]{2}$/),
  fc.stringMatching(/^\.\*\(\[[a-z]{6}[0-9]{3}\]\)\$&$/),
  fc.stringMatching(/^[A-Z][a-z]{2}[0-9]{3}[a-z]{3}$/),
);

function holds(text: string, hidden: string): boolean {
  const escaped = JSON.stringify(hidden).slice(1, -1);
  const forms = [hidden, escaped, JSON.stringify(escaped).slice(1, -1), encodeURIComponent(hidden)];
  return [...forms, Buffer.from(hidden).toString("base64")].some((form) => text.includes(form));
}

/** A node that has the secret in one of the places where there may be one. */
const PLACES: readonly [string, (hidden: string) => Parameters<typeof secretsIn>[0]][] = [
  ["of the agent", (token) => ({ own: [token], env: {}, config: {}, logins: {} })],
  ["opencode.env.X_API_KEY", (key) => ({ own: [], env: { X_API_KEY: key }, config: {}, logins: {} })],
  ["opencode.env.HTTPS_PROXY", (word) => ({ own: [], env: { HTTPS_PROXY: proxy(word) }, config: {}, logins: {} })],
  [
    "opencode.config.provider.x.options.apiKey",
    (apiKey) => ({ own: [], env: {}, config: { provider: { x: { options: { apiKey } } } }, logins: {} }),
  ],
  [
    "opencode.config.mcp.x.headers.X-Any",
    (any) => ({ own: [], env: {}, config: { mcp: { x: { headers: { "X-Any": any } } } }, logins: {} }),
  ],
  ["auth.json.x.refresh", (refresh) => ({ own: [], env: {}, config: {}, logins: { x: { type: "oauth", refresh } } })],
];

function proxy(password: string): string {
  return `http://me:${encodeURIComponent(password)}@proxy:3128`;
}

// I15
it("tells no secret of the node that opencode or a provider says, in whatever way it is written", () => {
  fc.assert(
    fc.property(secret, fc.constantFrom(...PLACES), fc.string(), (hidden, [place, holder], around) => {
      fc.pre(!holds(around, hidden));
      const secrets = new Secrets(secretsIn(holder(hidden)));
      const inner = JSON.stringify({ error: `wrong key ${hidden}` });
      const texts = [hidden, inner, encodeURIComponent(hidden), Buffer.from(hidden).toString("base64")];
      for (const text of texts) {
        const told = secrets.hide(`${around}${text}${around}`);
        expect(holds(told, hidden)).toBe(false);
        expect(told).toContain(`(secret ${place})`);
        const read = secrets.parse(JSON.stringify({ text, at: 1, list: [{ text }], around }));
        expect(holds(JSON.stringify(read), hidden)).toBe(false);
        expect(read).toMatchObject({ at: 1, around });
      }
      expect(secrets.hide(around)).toBe(around);
    }),
  );
});

it("leaves alone what is too common to be known as a secret, and numbers", () => {
  const secrets = new Secrets(
    secretsIn({
      own: ["12345678"],
      env: { OPENAI_API_KEY: "none", OPENCODE_MODEL: "anthropic/claude", MAX_TOKENS: "4096" },
      config: {
        provider: { local: { options: { apiKey: "not-needed", baseURL: "http://127.0.0.1/v1" } } },
        tokens: { limit: "many of them" },
      },
      logins: undefined,
    }),
  );
  const said = {
    at: 1712345678,
    text: "none of it is not-needed by anthropic/claude at http://127.0.0.1/v1, many of them",
  };
  expect(secrets.parse(JSON.stringify(said))).toEqual(said);
});

it("reads the logins of opencode, which may be new ones", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hal unseen "));
  mkdirSync(join(folder, "opencode", "data", "opencode"), { recursive: true });
  const { config } = parseConfig(AgentConfig, { supervisor_url: "ws://x", auth_token: "t" }, { env: {} });
  let now = 0;
  const own: string[] = [];
  let password: string | undefined;
  const clock = { ...systemClock, monotonic: () => now };
  const secrets = secretsReader(
    { config: config.opencode, dataDir: folder, ownSecrets: () => own, clock },
    () => password,
  );
  expect(secrets().hide("key zzzz-1234-zzzz")).toBe("key zzzz-1234-zzzz");
  const auth = { zai: { type: "api", key: "zzzz-1234-zzzz" } };
  writeFileSync(join(folder, "opencode", "data", "opencode", "auth.json"), JSON.stringify(auth));
  now = 31_000;
  expect(secrets().hide("key zzzz-1234-zzzz")).toBe("key (secret auth.json.zai.key)");
  own.push("hal_9-of-a-later-day");
  expect(secrets().hide("hal_9-of-a-later-day")).toBe("(secret of the agent)");
  password = "the-one-of-run-2";
  expect(secrets().hide("its the-one-of-run-2")).toBe("its (secret opencode.env.OPENCODE_SERVER_PASSWORD)");
  await rm(folder, { recursive: true });
});

const WHOLE = {
  supervisor_url: "wss://host",
  auth_token: "x",
  opencode_port: 1,
  projects: [{ name: "p", directory: "/p" }],
  data_dir: "/d",
  node: { name: "n", labels: { a: "b" } },
  tls: { fingerprint: "a", insecure: false },
  opencode: { command: "c", env: { A: "b" }, data_dir: "/d", auth_file: "/f", max_rss_mb: 1, config: { a: 1 } },
};

/** The value with `inner` in the place of everything in it, one at a time. */
function* replacements(value: unknown, inner: unknown): Generator {
  yield inner;
  if (typeof value !== "object" || value === null) return;
  for (const [key, old] of Object.entries(value))
    for (const changed of replacements(old, inner))
      yield Array.isArray(value) ? [changed] : { ...value, [key]: changed };
}

it("judges a configuration without a word of what is in it, wherever a secret was put", () => {
  const saidOf = (value: unknown): string => {
    try {
      const { config, warnings } = parseConfig(AgentConfig, value, { env: {} });
      trustIn(config, {});
      return [...warnings, ...adviceOn(config)].join("\n");
    } catch (error) {
      return (error as Error).message;
    }
  };
  fc.assert(
    fc.property(secret, (hidden) => {
      const address = `wss://me:${encodeURIComponent(hidden)}@host/?token=${encodeURIComponent(hidden)}`;
      for (const inner of [{ [hidden]: hidden }, [hidden], hidden, address])
        for (const value of replacements(WHOLE, inner)) expect(holds(saidOf(value), hidden)).toBe(false);
    }),
    { numRuns: 10 },
  );
});
