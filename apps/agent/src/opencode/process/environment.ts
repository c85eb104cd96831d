import { copyFileSync, chmodSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { AgentConfig } from "../../config.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What opencode inherits of the agent's environment: nothing that could be a secret of somebody else. */
const INHERITED = [
  "PATH",
  "HOME",
  "USER",
  "SHELL",
  "LANG",
  "LC_ALL",
  "TZ",
  "TMPDIR",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NODE_EXTRA_CA_CERTS",
  "SSH_AUTH_SOCK",
  "GIT_SSH_COMMAND",
];

/** Everything that a server starts inherits the name of its run, by which it is found when the server has crashed. */
export const RUN_VARIABLE = "HAL_OPENCODE_RUN";

/** The environment of `opencode serve`: a clean one, with data places of the agent's own. */
export function opencodeEnvironment(
  config: AgentConfig["opencode"],
  options: { readonly env: Environment; readonly dataDir: string; readonly password: string; readonly run: string },
): Record<string, string> {
  const place = placeOf(config, options.dataDir);
  return {
    ...inheritedOf(options.env),
    XDG_DATA_HOME: join(place, "data"),
    XDG_STATE_HOME: join(place, "state"),
    XDG_CACHE_HOME: join(place, "cache"),
    // a server that replaces itself is not the one that was tested
    OPENCODE_DISABLE_AUTOUPDATE: "1",
    ...(config.config === undefined ? {} : { OPENCODE_CONFIG_CONTENT: JSON.stringify(config.config) }),
    ...config.env,
    OPENCODE_SERVER_USERNAME: "opencode",
    OPENCODE_SERVER_PASSWORD: options.password,
    [RUN_VARIABLE]: options.run,
  };
}

/** Where opencode keeps what it needs, unless its variables say otherwise. */
export function placeOf(config: AgentConfig["opencode"], dataDir: string): string {
  return config.data_dir ?? join(dataDir, "opencode");
}

/** The environment of what is run beside opencode: as clean as its own, with the variables that are configured for it. */
export function commandEnvironment(
  config: Pick<AgentConfig["opencode"], "env">,
  { env, run }: { readonly env: Environment; readonly run: string },
): Record<string, string> {
  return { ...inheritedOf(env), ...config.env, [RUN_VARIABLE]: run };
}

function inheritedOf(env: Environment): Record<string, string> {
  return Object.fromEntries(INHERITED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

/** Creates opencode's places and brings over the credentials that the configuration names. */
export function prepareOpencode(config: AgentConfig["opencode"], environment: Readonly<Record<string, string>>): void {
  for (const name of ["XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"])
    mkdirSync(environment[name] as string, { recursive: true, mode: 0o700 });
  if (config.auth_file === undefined || !existsSync(config.auth_file)) return;
  const directory = join(environment["XDG_DATA_HOME"] as string, "opencode");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  copyFileSync(config.auth_file, join(directory, "auth.json"));
  chmodSync(join(directory, "auth.json"), 0o600);
}
