import { isEncrypted, StartupError, type Trust, trustOf, type TrustNames, type TrustSettings } from "@hal/daemon";
import { HalError } from "@hal/protocol";
import type { Options } from "yargs";
import { complain } from "../output/print.ts";
import { said } from "../output/said.ts";
import { type ContextTrust, namesInContext, settingsOfContext } from "../settings/context-trust.ts";
import type { Settings } from "../settings/settings.ts";
import type { Terminal } from "../terminal.ts";

/** The flags that say by what a supervisor is known. */
export const TRUST_OPTIONS = {
  "ca-file": {
    type: "string",
    describe: "certificate authority of the supervisor, in PEM ($HAL_CA_FILE)",
    isFile: true,
  },
  "tls-fingerprint": {
    type: "string",
    describe: "SHA-256 of the supervisor's certificate ($HALCTL_TLS_FINGERPRINT); several with commas",
  },
  insecure: {
    type: "boolean",
    describe: "take whatever certificate the supervisor shows ($HALCTL_INSECURE=1)",
  },
} as const satisfies Readonly<Record<string, Options & { readonly isFile?: boolean }>>;

const NAMES: TrustNames = {
  url: "--supervisor-url",
  ca: "--ca-file",
  fingerprint: "--tls-fingerprint",
  insecure: "--insecure",
};

/** What was typed of them. */
export interface TrustFlags {
  readonly caFile?: unknown;
  readonly tlsFingerprint?: unknown;
  readonly insecure?: unknown;
}

/** By what a supervisor is known, and where that was said. */
export interface KnownBy {
  readonly trust: Trust;
  /** what was said, in the words of a context */
  readonly values: ContextTrust["values"];
  /** undefined where nothing was said */
  readonly from: string | undefined;
}

/**
 * By what the supervisor is known: what flags say, where there are none the environment, then the context that it is of; a
 * context that was named by a flag comes before the environment. Each of them counts as a whole.
 */
export function knownBy(settings: Asked, argv: TrustFlags, env: Terminal["env"]): KnownBy {
  const { url, contextTrust } = settings;
  const flags = { settings: fromFlags(url, argv), names: NAMES, from: "flags" };
  const variables = { settings: fromEnvironment(url, env), names: NAMES, from: "the environment" };
  const context = contextTrust && {
    settings: settingsOfContext(url, contextTrust),
    names: namesInContext(contextTrust.name),
    from: `context ${contextTrust.name}`,
  };
  const order = contextTrust?.isTyped === true ? [flags, context, variables] : [flags, variables, context];
  const first = order.find((source) => source?.settings !== undefined);
  const wanted = first?.settings ?? { url };
  const pins = wanted.fingerprints ?? [];
  return {
    trust: honoured(wanted, first?.names ?? NAMES),
    values: {
      ca_file: wanted.caPath,
      tls_fingerprint: pins.length === 0 ? undefined : [...pins],
      insecure: wanted.isInsecure,
    },
    from: first?.from,
  };
}

type Asked = Pick<Settings, "url" | "contextTrust">;

/** The same, with a warning where nothing is checked. */
export function trustFor(settings: Asked, argv: TrustFlags, { env, err }: Pick<Terminal, "env" | "err">): Trust {
  const { trust } = knownBy(settings, argv, env);
  if (trust.isInsecure && isEncrypted(settings.url))
    complain(
      { err },
      said`warning: the supervisor's certificate is NOT checked; whoever is in between can read the token`,
    );
  return trust;
}

/** Undefined where none of them was typed. */
export function fromFlags(url: string, argv: TrustFlags): TrustSettings | undefined {
  const caPath = text(argv.caFile);
  const fingerprints = list(text(argv.tlsFingerprint));
  const isInsecure = argv.insecure === true;
  if (caPath === undefined && fingerprints.length === 0 && !isInsecure) return undefined;
  return { url, caPath, fingerprints, isInsecure };
}

/** An authority is for addresses of TLS and harms no others; a pin is a demand. */
function fromEnvironment(url: string, env: Terminal["env"]): TrustSettings | undefined {
  const caPath = isEncrypted(url) ? env["HAL_CA_FILE"] || undefined : undefined;
  const fingerprints = list(env["HALCTL_TLS_FINGERPRINT"]);
  const isInsecure = env["HALCTL_INSECURE"] === "1";
  if (caPath === undefined && fingerprints.length === 0 && !isInsecure) return undefined;
  return { url, caPath, fingerprints, isInsecure };
}

/** Judges what was said; what cannot be honoured is wrong usage. */
export function honoured(settings: TrustSettings, names: TrustNames): Trust {
  try {
    return trustOf(settings, names);
  } catch (error) {
    throw error instanceof StartupError ? new HalError("bad_request", error.message, { cause: error }) : error;
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function list(value: string | undefined): string[] {
  return (value ?? "").split(",").filter((item) => item.trim() !== "");
}
