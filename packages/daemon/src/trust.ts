import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { StartupError } from "./startup-error.ts";

/** By what a client knows the server that it means. */
export interface Trust {
  /** the authorities that count instead of the well-known ones, in PEM, as they are now */
  readonly authorities: () => string | undefined;
  /** SHA-256 of certificates in lower-case hex; where there are some, the server must show one of them */
  readonly fingerprints: readonly string[];
  /** whatever the server shows is taken */
  readonly isInsecure: boolean;
  readonly names: TrustNames;
}

/** How a person writes these settings: keys of a file, flags, variables. */
export interface TrustNames {
  readonly url: string;
  readonly ca: string;
  readonly fingerprint: string;
  readonly insecure: string;
}

export interface TrustSettings {
  readonly url: string;
  readonly caPath?: string | undefined;
  readonly fingerprints?: readonly string[] | undefined;
  readonly isInsecure?: boolean | undefined;
}

/** Judges how a server is to be known; what cannot be honoured is a StartupError that names the setting. */
export function trustOf(settings: TrustSettings, names: TrustNames): Trust {
  const { url, caPath, fingerprints = [], isInsecure = false } = settings;
  const given = [
    ...(caPath === undefined ? [] : [names.ca]),
    ...(fingerprints.length === 0 ? [] : [names.fingerprint]),
  ];
  const [first] = given;
  if (first !== undefined && !isEncrypted(url))
    throw new StartupError(
      `${first}: cannot be honoured, because ${names.url} ${url} is not encrypted; write ${encrypted(url)}`,
    );
  if (first !== undefined && isInsecure)
    throw new StartupError(`${first} and ${names.insecure} contradict each other; remove one of them`);
  return {
    authorities: caPath === undefined ? () => undefined : authoritiesIn(caPath, names.ca),
    fingerprints: fingerprints.map((text) => parseFingerprint(text, names.fingerprint)),
    isInsecure,
    names,
  };
}

/** Whether the address is one of TLS. */
export function isEncrypted(url: string): boolean {
  return /^(wss|https):/i.test(url);
}

function encrypted(url: string): string {
  return url.replace(/^(ws|http):/i, "$1s:");
}

/** A file that was replaced counts from the next connection on; one that was broken meanwhile does not. */
function authoritiesIn(path: string, name: string): () => string {
  let known = readAuthorities(path, name);
  return () => {
    try {
      known = readAuthorities(path, name);
    } catch (error) {
      if (!(error instanceof StartupError)) throw error;
    }
    return known;
  };
}

function readAuthorities(path: string, name: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartupError(`${name}: cannot read ${path}: ${code ?? "?"}`, { cause: error });
  }
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) throw new StartupError(`${name}: ${path} holds no certificate in PEM`);
  for (const certificate of certificates) {
    try {
      void new X509Certificate(certificate);
    } catch (error) {
      throw new StartupError(`${name}: ${path} holds a broken certificate: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
  return text;
}

/** `AB:CD:…`, plain hex, or a line as `openssl x509 -fingerprint -sha256` prints it. */
function parseFingerprint(text: string, name: string): string {
  const hex = text
    .replace(/^.*=/, "")
    .replace(/^sha-?256:/i, "")
    .replaceAll(/[\s:]/g, "")
    .toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(hex))
    throw new StartupError(
      `${name}: this is no SHA-256 of a certificate; it has 64 hex digits, with or without colons`,
    );
  return hex;
}
