import { generate } from "selfsigned";

/** A certificate and its key, in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** names and addresses it is made for; without any it has no subjectAltName at all */
  readonly hosts?: readonly string[];
  /** who signs it; itself by default */
  readonly authority?: Certificate;
  readonly validFrom?: Date;
  readonly validTo?: Date;
  /** protects the key */
  readonly passphrase?: string;
}

const DAY_MS = 86_400_000;

/** A certificate as a server shows it, for loopback unless told otherwise. */
export async function makeCertificate(options: CertificateOptions = {}): Promise<Certificate> {
  const { hosts = ["localhost", "127.0.0.1"], authority, passphrase } = options;
  const altNames = hosts.map((host) =>
    /^[\d.]+$|:/.test(host) ? ({ type: 7, ip: host } as const) : ({ type: 2, value: host } as const),
  );
  return pemOf("hal-supervisor", {
    notBeforeDate: options.validFrom ?? new Date(Date.now() - DAY_MS),
    notAfterDate: options.validTo ?? new Date(Date.now() + 365 * DAY_MS),
    extensions: [
      { name: "basicConstraints", cA: authority === undefined },
      ...(hosts.length === 0 ? [] : [{ name: "subjectAltName", altNames } as const]),
    ],
    ...(authority === undefined ? {} : { ca: authority }),
    ...(passphrase === undefined ? {} : { passphrase }),
  });
}

/** An authority that signs certificates. */
export function makeAuthority(): Promise<Certificate> {
  return pemOf("an authority", {
    notBeforeDate: new Date(Date.now() - DAY_MS),
    notAfterDate: new Date(Date.now() + 365 * DAY_MS),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, digitalSignature: true },
    ],
  });
}

async function pemOf(name: string, options: Parameters<typeof generate>[1]): Promise<Certificate> {
  const made = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    algorithm: "sha256",
    ...options,
  });
  return { cert: made.cert, key: made.private };
}
