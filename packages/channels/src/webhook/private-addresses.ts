import { lookup as resolve, type LookupAddress, type LookupOptions } from "node:dns";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";

/** An address that only machines near this one reach, such as 10.0.0.1 or ::1; what is no address is none. */
export function isPrivateAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() !== "unicast";
}

/** A host of a URL that names such an address by itself; a name has to be looked up first. */
export function isPrivateHost(hostname: string): boolean {
  return isPrivateAddress(hostname.replace(/^\[(.*)\]$/, "$1"));
}

/** All addresses of the name are private ones, which were not allowed. */
export class PrivateAddressError extends Error {
  override readonly name = "PrivateAddressError";
}

/** Looks a name up for a connection, and leaves out its private addresses: what is looked up here is what is connected to. */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  const all: LookupOptions & { readonly all: true } = { ...options, all: true };
  resolve(hostname, all, (error, addresses) => {
    if (error) return callback(error, []);
    const open = addresses.filter(({ address }) => !isPrivateAddress(address));
    const [first] = open;
    if (first === undefined) return callback(new PrivateAddressError(describe(hostname, addresses)), []);
    return options.all === true ? callback(null, open) : callback(null, first.address, first.family);
  });
};

function describe(hostname: string, addresses: readonly LookupAddress[]): string {
  return `${hostname} is ${addresses.map(({ address }) => address).join(", ")}`;
}
