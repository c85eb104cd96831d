import { changedKeys, type Environment, fingerprint, type LoadedConfig, type Logger, StartupError } from "@hal/daemon";
import { type AgentConfig, trustIn } from "./config.ts";
import type { Uplink } from "./uplink/uplink.ts";

export interface ReloadOptions {
  /** what the agent was started with */
  readonly started: AgentConfig;
  readonly reread: () => LoadedConfig<AgentConfig>;
  readonly uplink: Pick<Uplink, "configure">;
  readonly env: Environment;
  readonly log: Logger;
}

/** Reads the configuration again: token and trust count from the next connection on, the rest after a restart. */
export function reloadAgent({ started, reread, uplink, env, log }: ReloadOptions): void {
  let loaded: LoadedConfig<AgentConfig>;
  try {
    loaded = reread();
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    log.error({ problem: error.message }, "the new configuration is refused; the one in use stays");
    return;
  }
  for (const advice of loaded.warnings) log.warn(advice);
  const { config } = loaded;
  // who the supervisor is and how it is known belong together
  const isElsewhere = config.supervisor_url !== started.supervisor_url;
  const keys = changedKeys(started, config).filter((key) => isElsewhere || !/^(auth_token$|tls\b)/.test(key));
  if (!isElsewhere) uplink.configure({ token: config.auth_token, trust: trustIn(config, env) });
  log.info({ token: fingerprint(config.auth_token) }, "the configuration was read again");
  if (keys.length > 0) log.warn({ keys }, "the configuration changed where it needs a restart");
}
