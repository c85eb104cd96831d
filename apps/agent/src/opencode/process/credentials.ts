import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Clock, fingerprint } from "@hal/daemon";
import type { Credential, LoginReport } from "@hal/protocol";
import * as v from "valibot";
import type { AgentConfig } from "../../config.ts";
import { Secrets, secretsIn } from "./domain/secrets.ts";
import { placeOf } from "./environment.ts";

const AuthFile = v.record(v.string(), v.looseObject({ type: v.picklist(["api", "oauth", "wellknown"]) }));
const Providers = v.record(v.string(), v.looseObject({ options: v.optional(v.looseObject({})) }));

/** Names that providers' variables end with. */
const VARIABLE = /_(API_KEY|ACCESS_KEY_ID|AUTH_TOKEN|TOKEN|CREDENTIALS)$/;

/** What an opencode with this configuration may ask providers with: whose logins there are and of which kind, never a secret. */
export function readCredentials(config: AgentConfig["opencode"], dataDir: string): Credential[] {
  const variables = Object.keys(config.env).filter((name) => VARIABLE.test(name));
  const providers = first(Providers, config.config?.["provider"]) ?? {};
  const configured = Object.entries(providers).filter(([, { options }]) => options?.["apiKey"] !== undefined);
  return [
    ...Object.entries(readAuthFile(config, dataDir)).map(([provider, { type }]) => ({ provider, kind: type })),
    ...variables.map((provider) => ({ provider, kind: "variable" as const })),
    ...configured.map(([provider]) => ({ provider, kind: "config" as const })),
  ];
}

/** The logins that are no keys, with a fingerprint of whose each is, where it says so. */
export function readSubscriptions(config: AgentConfig["opencode"], dataDir: string): LoginReport[] {
  return Object.entries(readAuthFile(config, dataDir))
    .filter(([, { type }]) => type === "oauth")
    .map(([provider, login]) => {
      const account: unknown = login["accountId"];
      return typeof account === "string" && account !== "" ? { provider, account: fingerprint(account) } : { provider };
    });
}

/** opencode renews some of its logins. */
const READ_AGAIN_MS = 30_000;

/** Knows the secrets that an opencode with this configuration has by now, those of the agent, and the password of the server that runs. */
export function secretsReader(options: SecretsOptions, password: () => string | undefined): () => Secrets {
  const { config, dataDir, ownSecrets, clock } = options;
  let known: { readonly secrets: Secrets; readonly readAt: number; readonly of: string } | undefined;
  return () => {
    const now = clock.monotonic();
    const [own, current] = [ownSecrets(), password()];
    const of = JSON.stringify([own, current]);
    if (known?.of === of && now - known.readAt < READ_AGAIN_MS) return known.secrets;
    const env = { ...config.env, ...(current === undefined ? {} : { OPENCODE_SERVER_PASSWORD: current }) };
    const found = { own, env, config: config.config, logins: readLogins(config, dataDir) };
    known = { secrets: new Secrets(secretsIn(found)), readAt: now, of };
    return known.secrets;
  };
}

interface SecretsOptions {
  readonly config: AgentConfig["opencode"];
  readonly dataDir: string;
  readonly ownSecrets: () => readonly string[];
  readonly clock: Clock;
}

function readAuthFile(config: AgentConfig["opencode"], dataDir: string): v.InferOutput<typeof AuthFile> {
  return first(AuthFile, readLogins(config, dataDir)) ?? {};
}

function readLogins(config: AgentConfig["opencode"], dataDir: string): unknown {
  const data = config.env["XDG_DATA_HOME"] ?? join(placeOf(config, dataDir), "data");
  try {
    return JSON.parse(readFileSync(join(data, "opencode", "auth.json"), "utf8"));
  } catch {
    return undefined; // nobody has logged in
  }
}

function first<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> | undefined {
  const parsed = v.safeParse(schema, value);
  return parsed.success ? parsed.output : undefined;
}
