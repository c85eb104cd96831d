import { authorizationOf, baseUrlOf, type OpencodeAddress } from "../address.ts";
import { startedBy } from "../os/end-processes.ts";
import { openHttp, readJson } from "../http.ts";
import { type Listener, listenerOn } from "../os/listening-socket.ts";

/** What a server says of itself; `silent` where it does not answer, or not yet. */
export type Health =
  | { readonly kind: "up"; readonly version: string }
  | { readonly kind: "silent" }
  | { readonly kind: "other program" }
  | { readonly kind: "web page" };

const HEALTH_MS = 5_000;

/** Who listens at a server's port: the server, something that it started, or somebody else. */
export function listenerOf(server: { readonly pid: number; readonly port: number; readonly run: string }): Listener {
  const own = listenerOn(server.port, () => [server.pid]);
  if (own !== "a stranger") return own;
  return listenerOn(server.port, () => startedBy(server).map(({ pid }) => pid));
}

/** Asks a server how it is. Nothing is sent, the password least of all, where another program than ours listens. */
export async function healthOf(
  server: OpencodeAddress & { readonly pid: number },
  withinMs = HEALTH_MS,
): Promise<Health> {
  const listener = listenerOf(server);
  if (listener === "nobody") return { kind: "silent" };
  if (listener === "a stranger") return { kind: "other program" };
  try {
    const headers = { authorization: authorizationOf(server) };
    const signal = AbortSignal.timeout(withinMs);
    const response = await openHttp({ url: `${baseUrlOf(server)}/global/health`, headers }, signal);
    // opencode 2 answers what it does not know with the page of its web interface
    if (response.statusCode === 200 && response.headers["content-type"]?.startsWith("text/html") === true) {
      response.destroy();
      return { kind: "web page" };
    }
    const { healthy, version } = (await readJson(response)) as { healthy?: boolean; version?: string };
    return response.statusCode === 200 && healthy === true
      ? { kind: "up", version: version ?? "?" }
      : { kind: "silent" };
  } catch {
    return { kind: "silent" }; // not listening yet, or not any more: the caller asks again or gives up
  }
}
