import type { Server } from "node:http";
import { Server as SecureServer } from "node:https";
import { type Clock, type Logger, StartupError } from "@hal/daemon";
import type { Audit } from "../capabilities/audit/audit.ts";
import {
  adviceOnExpiry,
  judgeTls,
  readTlsFiles,
  secureContextOf,
  type TlsFiles,
  type TlsMaterial,
  type TlsSettings,
} from "./tls-material.ts";

const LOOK_EVERY_MS = 5_000;
const REMIND_EVERY_MS = 86_400_000;

/** Nobody asked for it: the files have changed. */
const RENEWAL = { actor: "-", role: undefined, surface: "file", ip: undefined, action: "certificate.renew" } as const;

export interface CertificateRenewalOptions {
  readonly settings: TlsSettings;
  readonly servers: readonly Server[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly audit: Audit;
  readonly lookEveryMs?: number | undefined;
}

/** Looks after the certificate in use, where there is one. */
export function beginRenewal(
  used: TlsMaterial | undefined,
  options: CertificateRenewalOptions,
): CertificateRenewal | undefined {
  return used && new CertificateRenewal(used, options);
}

/**
 * Puts a renewed certificate to use without a restart, and refuses one that does not work: then the one in use stays. It reads
 * the files again and again, because watching them misses renewals that move links, folders or whole mounts.
 */
export class CertificateRenewal implements Disposable {
  readonly #options: CertificateRenewalOptions;
  readonly #timer: NodeJS.Timeout;
  #used: TlsMaterial;
  /** what was judged last, and what is there now but may be half written */
  #judged: string;
  #pending: string | undefined;
  #remindedAt: number;

  constructor(used: TlsMaterial, options: CertificateRenewalOptions) {
    this.#options = options;
    this.#used = used;
    this.#judged = stateOf(used);
    this.#remindedAt = options.clock.monotonic();
    this.#timer = setInterval(() => this.#look(), options.lookEveryMs ?? LOOK_EVERY_MS);
  }

  /** Takes the files as they are now. */
  reload(): void {
    const found = this.#read();
    this.#judge(found);
    if (found.state === stateOf(this.#used))
      this.#options.log.info({ certificate: this.#used.fingerprint }, "the certificate was read again");
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.#remind();
    const found = this.#read();
    if (found.state === this.#judged) {
      this.#pending = undefined;
      return;
    }
    // certificate and key are two files: what has changed is looked at when it holds still
    if (found.state === this.#pending) this.#judge(found);
    else this.#pending = found.state;
  }

  #read(): Found {
    try {
      const files = readTlsFiles(this.#options.settings);
      return { state: stateOf(files), files };
    } catch (error) {
      if (!(error instanceof StartupError)) throw error;
      return { state: error.message, problem: error.message };
    }
  }

  #judge(found: Found): void {
    this.#pending = undefined;
    this.#judged = found.state;
    if (found.files === undefined) {
      this.#refuse(found.problem);
      return;
    }
    if (found.state === stateOf(this.#used)) return;
    const { settings, servers, clock, log } = this.#options;
    try {
      const renewed = judgeTls(found.files, settings, clock.now());
      for (const server of servers)
        if (server instanceof SecureServer) server.setSecureContext(secureContextOf(renewed));
      this.#used = renewed;
      log.info(
        { certificate: renewed.fingerprint, valid_to: renewed.validTo.toISOString() },
        "the certificate was renewed; new connections get it",
      );
      const args = { fingerprint: renewed.fingerprint, valid_to: renewed.validTo.toISOString() };
      this.#options.audit.record(RENEWAL, { args });
      for (const advice of renewed.advice) log.warn(advice);
    } catch (error) {
      if (!(error instanceof StartupError)) throw error;
      this.#refuse(error.message);
    }
  }

  #refuse(problem: string): void {
    const { fingerprint, validTo } = this.#used;
    this.#options.log.error(
      { problem, certificate: fingerprint, valid_to: validTo.toISOString() },
      "the new certificate is refused; the one in use stays",
    );
    this.#options.audit.record(RENEWAL, { result: "refused", reason: problem });
  }

  #remind(): void {
    const { clock, log } = this.#options;
    if (clock.monotonic() - this.#remindedAt < REMIND_EVERY_MS) return;
    this.#remindedAt = clock.monotonic();
    const ending = adviceOnExpiry(this.#used.validTo.getTime(), clock.now());
    if (ending !== undefined) log.warn(`security.tls.cert_path: the certificate in use ${ending}`);
  }
}

type Found =
  | { readonly state: string; readonly files: TlsFiles; readonly problem?: undefined }
  | { readonly state: string; readonly files?: undefined; readonly problem: string };

/** Two states are the same where this is. */
function stateOf({ cert, key }: Pick<TlsFiles, "cert" | "key">): string {
  return `${cert}\0${key}`;
}
