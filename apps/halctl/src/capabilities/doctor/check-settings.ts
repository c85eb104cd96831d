import { existsSync } from "node:fs";
import type { Settings } from "../../settings/settings.ts";
import { modeProblem } from "../../settings/config-file.ts";
import { tokenMark } from "../../settings/token-mark.ts";
import { type Check, note, ok, problem } from "./check.ts";

/** Where a service of this machine keeps its secrets, as the installer puts them. */
const SERVICE_FILES = ["/etc/hal-o-swarm/supervisor.config.json", "/etc/hal-o-swarm/agent.config.json"];

const LEAST_TOKEN_CHARS = 32;

/** What was said about which supervisor to ask, and who else may read it. */
export function checkSettings(settings: Settings): Check[] {
  const { url, urlFrom, token, tokenFrom, configFile, context, warnings } = settings;
  const checks = [ok("settings", `${url}, from ${urlFrom}`)];
  if (configFile !== undefined && existsSync(configFile))
    checks.push(ok("config file", `${configFile}${context === undefined ? "" : `, context ${context}`}`));
  if (tokenFrom === undefined || token === "")
    checks.push(
      problem(
        "token",
        "no token was given",
        "--token-file FILE, HALCTL_AUTH_TOKEN, or a context: halctl config set NAME --supervisor-url … --token-file …",
      ),
    );
  else checks.push(tokenCheck(token, tokenFrom));
  if (tokenFrom === "--auth-token")
    checks.push(
      note("token", "everybody on this machine sees a token on a command line", "use --token-file or a context"),
    );
  for (const warning of warnings) checks.push(note("settings", warning));
  return checks;
}

function tokenCheck(token: string, from: string): Check {
  const known = `fingerprint ${tokenMark(token)}, from ${from}`;
  if (/^your-|changeme|^secret$/i.test(token))
    return problem(
      "token",
      `${known}, is a placeholder that everybody knows`,
      "put one of your own into server.auth_token and the agents' auth_token: openssl rand -hex 32",
    );
  if (token.length < LEAST_TOKEN_CHARS)
    return note("token", `${known}, has ${token.length} characters`, "a longer one: openssl rand -hex 32");
  return ok("token", known);
}

/** Files that hold secrets and that more than their owner may read. */
export function checkFileModes(settings: Settings | undefined): Check[] {
  const { configFile, tokenFrom } = settings ?? {};
  const tokenFile = tokenFrom?.startsWith("/") === true ? tokenFrom : undefined;
  const files = [configFile, tokenFile, ...SERVICE_FILES].filter((path) => path !== undefined && existsSync(path));
  const problems = [...new Set(files as string[])].flatMap((path) => {
    // a service's group may read its configuration
    const found = modeProblem(path, SERVICE_FILES.includes(path) ? "group" : "owner");
    return found === undefined ? [] : [problem("file modes", found.text, found.fix)];
  });
  if (problems.length > 0) return problems;
  return files.length === 0 ? [] : [ok("file modes", `secrets in ${files.length} file(s) are not open to others`)];
}
