import { isEncrypted, StartupError, type Trust, trustOf, type TrustNames, type TrustSettings } from "@hal/daemon";
import { HalError } from "@hal/protocol";
import type { Options } from "yargs";
import type { Terminal } from "./terminal.ts";

/** The flags that say by what a supervisor is known. */
export const TRUST_OPTIONS = {
  "ca-file": { type: "string", describe: "certificate authority of the supervisor, in PEM ($HAL_CA_FILE)" },
  "tls-fingerprint": {
    type: "string",
    describe: "SHA-256 of the supervisor's certificate ($HALCTL_TLS_FINGERPRINT); several with commas",
  },
  insecure: {
    type: "boolean",
    describe: "take whatever certificate the supervisor shows ($HALCTL_INSECURE=1)",
  },
} as const satisfies Readonly<Record<string, Options>>;

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

/** By what the supervisor is known: what flags say, or, where there are none, the environment. */
export function trustFor(url: string, argv: TrustFlags, { env, err }: Pick<Terminal, "env" | "err">): Trust {
  const flags: TrustSettings = {
    url,
    caPath: text(argv.caFile),
    fingerprints: list(text(argv.tlsFingerprint)),
    isInsecure: argv.insecure === true,
  };
  const isGiven = flags.caPath !== undefined || flags.fingerprints?.length !== 0 || flags.isInsecure;
  const trust = honoured(isGiven ? flags : fromEnvironment(url, env));
  if (trust.isInsecure && isEncrypted(url))
    err.write(
      "halctl: warning: the supervisor's certificate is NOT checked; whoever is in between can read the token\n",
    );
  return trust;
}

/** An authority is for addresses of TLS and harms no others; a pin is a demand. */
function fromEnvironment(url: string, env: Terminal["env"]): TrustSettings {
  return {
    url,
    caPath: isEncrypted(url) ? env["HAL_CA_FILE"] || undefined : undefined,
    fingerprints: list(env["HALCTL_TLS_FINGERPRINT"]),
    isInsecure: env["HALCTL_INSECURE"] === "1",
  };
}

function honoured(settings: TrustSettings): Trust {
  try {
    return trustOf(settings, NAMES);
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
