import { isIP } from "node:net";
import { networkInterfaces } from "node:os";

/** A sentence where no interface of this machine has the address. */
export function adviceOnHost(host: string | undefined): string[] {
  if (host === undefined || isIP(host) === 0 || /^(127\.|0\.0\.0\.0$|::1?$)/.test(host)) return [];
  const known = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address));
  return known.includes(host) ? [] : [`server.host: no interface of this machine has the address ${host}`];
}
