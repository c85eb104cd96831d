import { changedKeys, type LoadedConfig, type Logger, StartupError } from "@hal/daemon";
import type { Opened } from "./capabilities/composition.ts";
import { capabilities } from "./capabilities/index.ts";
import type { ConfigKey, SupervisorConfig } from "./config.ts";
import type { Context } from "./context.ts";
import type { CertificateRenewal } from "./gate/certificate-renewal.ts";
import type { Kernel } from "./kernel.ts";

/** What may change while the supervisor runs: what the gate reads at each connection, and what capabilities say of their own. */
export const LIVE_KEYS: ReadonlySet<string> = new Set<ConfigKey>([
  "security.origin_allowlist",
  ...capabilities.liveKeys,
]);

/** Those that are taken on as one value: of the others, keys below them are named. */
const WHOLE_KEYS: ReadonlySet<string> = new Set(
  [...LIVE_KEYS].filter((key) => ![...LIVE_KEYS].some((other) => other.startsWith(`${key}.`))),
);

/** Who asks for a reload, as the audit names it. */
const SIGNAL = { actor: "SIGHUP", role: undefined, surface: "signal", ip: undefined, action: "config.reload" } as const;

export interface ReloadOptions {
  readonly context: Context;
  readonly opened: Opened<Kernel>;
  readonly certificate: CertificateRenewal | undefined;
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
    const { context, opened, log, certificate, reread } = options;
    certificate?.reload();
    let loaded: LoadedConfig<SupervisorConfig>;
    try {
      loaded = reread();
    } catch (error) {
      if (!(error instanceof StartupError)) throw error;
      log.error({ problem: error.message }, "the new configuration is refused; the one in use stays");
      context.audit.record(SIGNAL, { result: "refused", reason: "the configuration is invalid; the log says why" });
      return;
    }
    for (const advice of loaded.warnings) log.warn(advice);
    const next = loaded.config;
    const changed = changedKeys(this.#used, next, WHOLE_KEYS).filter((key) => LIVE_KEYS.has(key));
    const waiting = changedKeys(this.#started, next, WHOLE_KEYS).filter((key) => !LIVE_KEYS.has(key));
    const args = { changed: changed.join(" "), ...(waiting.length === 0 ? {} : { needs_restart: waiting.join(" ") }) };
    // before and after it: either may be when the audit is switched off
    if (!next.security.audit.enabled) context.audit.record(SIGNAL, { args });
    this.#used = taken(this.#used, next, changed);
    await opened.reload({ next, changed });
    if (next.security.audit.enabled) context.audit.record(SIGNAL, { args });
    log.info({ changed }, "the configuration was read again");
    if (waiting.length > 0) log.warn({ keys: waiting }, "the configuration changed where it needs a restart");
  }
}

/** The configuration in use with those keys as the next one has them. */
function taken(used: SupervisorConfig, next: SupervisorConfig, keys: readonly string[]): SupervisorConfig {
  const copy = structuredClone(used);
  for (const key of keys) {
    const path = key.split(".");
    const last = path.pop() ?? "";
    const at = (root: object): Record<string, unknown> =>
      path.reduce((section, name) => section[name] as Record<string, unknown>, root as Record<string, unknown>);
    at(copy)[last] = at(next)[last];
  }
  return copy;
}
