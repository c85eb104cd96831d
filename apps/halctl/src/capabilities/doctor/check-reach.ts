import { lookup } from "node:dns/promises";
import { connect } from "node:net";
import type { TLSSocket } from "node:tls";
import { DistrustError, secureConnection, type Trust } from "@hal/daemon";
import { type Check, note, ok, problem } from "./check.ts";

const CONNECT_MS = 5_000;
const DAY_MS = 86_400_000;

/** Whether the host has an address and something takes connections there; and what its certificate is worth. */
export async function checkReach(
  address: string,
  trust: Trust,
): Promise<{ readonly checks: Check[]; readonly certificate?: Check }> {
  const { hostname, protocol, port: given } = new URL(address);
  const isSecure = protocol === "wss:" || protocol === "https:";
  const port = Number(given) || (isSecure ? 443 : 80);
  const host = hostname.replaceAll(/^\[|\]$/g, "");
  const found = await lookup(host, { all: true }).catch(() => []);
  if (found.length === 0)
    return {
      checks: [problem("DNS", `${host} has no address`, "check the host name, or add it to DNS or /etc/hosts")],
    };
  const addresses = [...new Set(found.map((one) => one.address))].join(", ");
  const checks = host === addresses ? [] : [ok("DNS", `${host} is ${addresses}`)];
  const began = performance.now();
  const failure = await dial(host, port);
  if (failure !== undefined)
    return { checks: [...checks, problem("port", `port ${port}: ${failure}`, fixFor(failure, host, port))] };
  checks.push(ok("port", `port ${port} takes connections (${Math.max(1, Math.round(performance.now() - began))} ms)`));
  return isSecure ? { checks, certificate: await checkCertificate(address, trust) } : { checks };
}

/** Undefined where a connection came about, else what stood against it. */
function dial(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_MS });
    const end = (failure: string | undefined): void => {
      socket.destroy();
      resolve(failure);
    };
    socket.once("connect", () => end(undefined));
    socket.once("timeout", () => end("no answer"));
    socket.once("error", (error: NodeJS.ErrnoException) =>
      end(error.code === "ECONNREFUSED" ? "nothing listens there" : (error.code ?? error.message)),
    );
  });
}

function fixFor(failure: string, host: string, port: number): string {
  if (failure !== "nothing listens there")
    return `a firewall may be in between; from ${host} itself: ss -tlnp | grep ${port}`;
  const isHere = host === "localhost" || host.startsWith("127.") || host === "::1";
  return `${isHere ? "" : `on ${host}: `}systemctl status hal-supervisor; is server.port ${port}, and does server.host let others in?`;
}

/** The certificate as each connection judges it, by what the supervisor is known by here. */
function checkCertificate(address: string, trust: Trust): Promise<Check> {
  return new Promise((resolve) => {
    secureConnection(
      address,
      trust,
      CONNECT_MS,
    )({}, (error, stream) => {
      const socket = stream as TLSSocket;
      resolve(error === null ? judgeCertificate(socket, trust) : explain(error));
      socket.destroy();
    });
  });
}

function explain(error: Error): Check {
  if (!(error instanceof DistrustError))
    return problem(
      "TLS",
      `no TLS: ${error.message}`,
      "where the supervisor has security.tls.enabled false, use ws:// or http://",
    );
  const [what, ...fix] = error.message.split("; ");
  return problem("TLS", what as string, fix.join("; ") || "look at the supervisor's security.tls");
}

function judgeCertificate(socket: TLSSocket, trust: Trust): Check {
  const { valid_to: until, fingerprint256 } = socket.getPeerCertificate();
  const days = Math.floor((Date.parse(until) - Date.now()) / DAY_MS);
  const validity = days < 0 ? `expired ${-days} days ago` : `valid for ${days} days`;
  if (trust.isInsecure)
    return note(
      "TLS",
      `the certificate is NOT checked; it is ${validity}`,
      `${trust.names.fingerprint} ${fingerprint256}`,
    );
  if (days < 0)
    return note("TLS", `the certificate is trusted, but ${validity}`, "renew it on the supervisor's machine");
  return ok("TLS", `the certificate is trusted and ${validity}`);
}
