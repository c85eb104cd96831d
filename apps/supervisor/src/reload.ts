import { changedKeys, fingerprint, type LoadedConfig, type Logger, StartupError } from "@hal/daemon";
import type { CertificateCare } from "./gate/certificate-care.ts";
import { previousTokens, type SupervisorConfig } from "./config.ts";
import type { Context } from "./context.ts";
import { handOutToken } from "./capabilities/nodes/hand-out-token.ts";
import type { DatabaseCare } from "./capabilities/database/keep-database.ts";
import { scheduleOf } from "./capabilities/database/open-store.ts";

/** What may change while the supervisor runs. */
const LIVE_KEYS: ReadonlySet<string> = new Set([
  "server.auth_token",
  "server.previous_auth_token",
  "database.retention_days",
  "database.backup_interval_hours",
  "security.origin_allowlist",
  "security.audit.enabled",
  "security.audit.retention_days",
  "interactions.answer_timeout_seconds",
]);

/** Who asks for a reload, as the audit names it. */
const SIGNAL = { actor: "SIGHUP", role: undefined, surface: "signal", ip: undefined, action: "config.reload" } as const;

export interface ReloadOptions {
  readonly context: Context;
  readonly care: DatabaseCare;
  readonly certificate: CertificateCare | undefined;
  readonly log: Logger;
  /** reads and judges the configuration again */
  readonly reread: () => LoadedConfig<SupervisorConfig>;
}

/** The configuration in use: what of it may change does so at a reload, the rest stays as it was at the start. */
export class LiveConfig {
  #used: SupervisorConfig;
  /** as it was at the start, so that a key that waits for a restart is named each time */
  readonly #started: SupervisorConfig;
  #reloading: Promise<void> = Promise.resolve();

  constructor(started: SupervisorConfig) {
    this.#started = started;
    this.#used = started;
  }

  get used(): SupervisorConfig {
    return this.#used;
  }

  /** Reads the file again, one reload after the other; one that does not fit is refused, and what is in use stays. */
  reload(options: ReloadOptions): Promise<void> {
    const mine = this.#reloading.then(() => this.#reload(options));
    this.#reloading = mine.catch(() => undefined);
    return mine;
  }

  async #reload(options: ReloadOptions): Promise<void> {
    const { context, log, certificate, reread } = options;
    certificate?.reload();
    let loaded: LoadedConfig<SupervisorConfig>;
    try {
      loaded = reread();
    } catch (error) {
      if (!(error instanceof StartupError)) throw error;
      log.error({ problem: error.message }, "the new configuration is refused; the one in use stays");
      context.audit.note(SIGNAL, { result: "refused", reason: "the configuration is invalid; the log says why" });
      return;
    }
    for (const advice of loaded.warnings) log.warn(advice);
    const next = loaded.config;
    const changed = changedKeys(this.#used, next).filter((key) => LIVE_KEYS.has(key));
    const waiting = changedKeys(this.#started, next).filter((key) => !LIVE_KEYS.has(key));
    const args = { changed: changed.join(" "), ...(waiting.length === 0 ? {} : { needs_restart: waiting.join(" ") }) };
    // before and after it: either may be when the audit is switched off
    if (!next.security.audit.enabled) context.audit.note(SIGNAL, { args });
    await this.#apply(next, changed, options);
    if (next.security.audit.enabled) context.audit.note(SIGNAL, { args });
    log.info({ changed }, "the configuration was read again");
    if (waiting.length > 0) log.warn({ keys: waiting }, "the configuration changed where it needs a restart");
  }

  async #apply(next: SupervisorConfig, changed: readonly string[], options: ReloadOptions): Promise<void> {
    const { context, care, log } = options;
    const previous = previousTokens(next);
    await context.tokens.shared.change({ current: next.server.auth_token, previous });
    const { server, database, security } = this.#used;
    this.#used = {
      ...this.#used,
      server: { ...server, auth_token: next.server.auth_token, previous_auth_token: next.server.previous_auth_token },
      database: {
        ...database,
        retention_days: next.database.retention_days,
        backup_interval_hours: next.database.backup_interval_hours,
      },
      security: { ...security, origin_allowlist: next.security.origin_allowlist, audit: next.security.audit },
      interactions: next.interactions,
    };
    context.audit.isEnabled = next.security.audit.enabled;
    if (changed.some((key) => key.startsWith("database."))) care.reschedule(scheduleOf(next));
    if (!changed.some((key) => key.endsWith("auth_token"))) return;
    log.info(
      { token: fingerprint(next.server.auth_token), previous: previous.map(fingerprint) },
      "the shared token changed (fingerprints)",
    );
    await handOutToken(context);
  }
}
