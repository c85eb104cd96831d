import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { shownPath, StartupError } from "@hal/daemon";
import type { SupervisorConfig } from "../config.ts";

const DAY_MS = 86_400_000;

/** A certificate that nears its end is warned about from so long before. */
export const EXPIRES_SOON_MS = 14 * DAY_MS;

export type TlsSettings = SupervisorConfig["security"]["tls"];

/** What is in the files of certificate and key. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly keyMode: number;
}

/** A certificate and a key that work together. */
export interface TlsMaterial extends TlsFiles {
  /** SHA-256, as clients pin it */
  readonly fingerprint: string;
  readonly validTo: Date;
  /** what an operator should know about it */
  readonly advice: readonly string[];
}

/** Reads what TLS needs; a switch that cannot be honoured stops the start and never falls back to plain text. */
export function readTls(settings: TlsSettings, now: number): TlsMaterial | undefined {
  return settings.enabled ? judgeTls(readTlsFiles(settings), settings, now) : undefined;
}

/** The files as they are now. */
export function readTlsFiles(settings: TlsSettings): TlsFiles {
  const certPath = pathOf(settings, "cert_path");
  const keyPath = pathOf(settings, "key_path");
  return {
    cert: attempt("cert_path", certPath, () => readFileSync(certPath, "utf8")),
    key: attempt("key_path", keyPath, () => readFileSync(keyPath, "utf8")),
    keyMode: attempt("key_path", keyPath, () => statSync(keyPath).mode),
  };
}

function pathOf(settings: TlsSettings, key: "cert_path" | "key_path"): string {
  const path = settings[key];
  if (path !== undefined && path !== "") return path;
  throw new StartupError(`security.tls.${key} is missing although security.tls.enabled is true`);
}

function attempt<T>(key: string, path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new StartupError(
      `security.tls.${key}: cannot read ${shownPath(path)}: ${(error as NodeJS.ErrnoException).code ?? "?"}`,
      {
        cause: error,
      },
    );
  }
}

/** Whether they can be used, or a StartupError that names the setting and says why not. */
export function judgeTls(files: TlsFiles, settings: TlsSettings, now: number): TlsMaterial {
  const { cert_path: certPath = "", key_path: keyPath = "" } = settings;
  const certificate = parse(files.cert, `security.tls.cert_path: ${certPath} holds no certificate in PEM`);
  const key = parseKey(files.key, keyPath);
  if (!certificate.checkPrivateKey(key))
    throw new StartupError(
      `security.tls.key_path: the key in ${keyPath} is not the one of the certificate in ${certPath}`,
    );
  try {
    createSecureContext(secureContextOf(files));
  } catch (error) {
    throw new StartupError(`security.tls.cert_path: ${certPath} cannot be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return {
    ...files,
    fingerprint: certificate.fingerprint256,
    validTo: new Date(certificate.validTo),
    advice: [...adviceOn(certificate, certPath, now), ...adviceOnMode(files.keyMode, keyPath)],
  };
}

/** What a server is made of. */
export function secureContextOf({ cert, key }: Pick<TlsFiles, "cert" | "key">): SecureContextOptions {
  return { cert, key, minVersion: "TLSv1.2" };
}

function parse(text: string, problem: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (error) {
    throw new StartupError(problem, { cause: error });
  }
}

function parseKey(text: string, path: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (error) {
    const problem = text.includes("ENCRYPTED")
      ? "is protected with a passphrase; it must be without one"
      : "holds no private key in PEM";
    throw new StartupError(`security.tls.key_path: ${path} ${problem}`, { cause: error });
  }
}

function adviceOn(certificate: X509Certificate, path: string, now: number): string[] {
  const { validFrom, validTo, subjectAltName } = certificate;
  const advice: string[] = [];
  if (Date.parse(validFrom) > now)
    advice.push(
      `security.tls.cert_path: the certificate in ${path} is not valid before ${validFrom}; clients refuse it`,
    );
  const ending = adviceOnExpiry(Date.parse(validTo), now);
  if (ending !== undefined) advice.push(`security.tls.cert_path: the certificate in ${path} ${ending}`);
  if (subjectAltName === undefined)
    advice.push(
      `security.tls.cert_path: the certificate in ${path} names no host (subjectAltName); clients must pin its fingerprint, or make one with openssl's -addext`,
    );
  return advice;
}

/** A sentence about a certificate's end where that is near or over. */
export function adviceOnExpiry(validTo: number, now: number): string | undefined {
  const date = new Date(validTo).toISOString();
  if (validTo <= now) return `has expired (${date}); clients refuse it until it is renewed`;
  if (validTo - now > EXPIRES_SOON_MS) return undefined;
  return `expires in ${Math.ceil((validTo - now) / DAY_MS)} d (${date}); renew it`;
}

function adviceOnMode(mode: number, path: string): string[] {
  if ((mode & 0o077) === 0) return [];
  const shown = (mode & 0o777).toString(8).padStart(4, "0");
  return [`security.tls.key_path: ${path} is open to others than its owner (mode ${shown}); chmod 600 ${path}`];
}
