// The supervisor that `npm start` runs, for a halctl that is told of no other one.
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Has halctl talk to the supervisor that `npm start` runs (.hal/client.json), where nothing else is said. */
export function useStartedSupervisor() {
  const home = path.resolve(process.env.INIT_CWD ?? "", process.env.HAL_HOME || path.join(root, ".hal"));
  try {
    const client = JSON.parse(readFileSync(path.join(home, "client.json"), "utf8"));
    // an address without its token, or the other way round, would be nobody's
    if (["SUPERVISOR_URL", "AUTH_TOKEN", "CONTEXT"].some((name) => process.env[`HALCTL_${name}`])) return;
    process.env.HALCTL_SUPERVISOR_URL = client.supervisor_url;
    process.env.HALCTL_AUTH_TOKEN = client.auth_token;
  } catch {
    return; // nothing is started here: halctl says what it needs
  }
}
