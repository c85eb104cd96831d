import { entryOf } from "@hal/protocol/text";

/**
 * Whether a request may come from a page of this origin. No Origin header (agents, command lines) is
 * fine; an empty list restricts nothing; a pattern is `scheme://host[:port]`, with `:*` for any port.
 */
export function originAllowed(origin: string | undefined, allowlist: readonly string[]): boolean {
  if (origin === undefined || allowlist.length === 0) return true;
  const asked = split(origin);
  return asked !== undefined && asked.port !== "*" && allowlist.some((pattern) => matches(asked, split(pattern)));
}

/** Whether a pattern can match anything at all: no browser's origin has a path, a wildcard within its host, or the scheme ws. */
export function isOriginPattern(text: string): boolean {
  const parts = split(text);
  return parts !== undefined && !parts.host.includes("*") && !/^wss?$/.test(parts.scheme);
}

/** The same for JSON Schema, which knows no flags. */
export const ORIGIN_PATTERN = String.raw`^(?![wW][sS]{1,2}:)[a-zA-Z][a-zA-Z0-9+.-]*://(\[[0-9a-fA-F:.]+\]|[^/:@\s?#\\*]+)(:(\d+|\*))?$`;

/** Whether a page that this host served itself asks. */
export function isSameOrigin(origin: string, host: string | undefined, isSecure: boolean): boolean {
  const asked = split(origin);
  const here = split(`${isSecure ? "https" : "http"}://${host ?? ""}`);
  return asked !== undefined && asked.port !== "*" && matches(asked, here);
}

/** An origin as it may be logged; what is none may be anything at all. */
export function shownOrigin(origin: string | undefined): string | undefined {
  return origin === undefined || split(origin) !== undefined ? origin : "(no origin)";
}

interface Parts {
  readonly scheme: string;
  readonly host: string;
  readonly port: string;
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: "80", https: "443" };

function split(text: string): Parts | undefined {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(\[[0-9a-f:.]+\]|[^/:@\s?#\\]+)(?::(\d+|\*))?$/i.exec(text);
  if (match === null) return undefined;
  const scheme = (match[1] as string).toLowerCase();
  return { scheme, host: (match[2] as string).toLowerCase(), port: match[3] ?? entryOf(DEFAULT_PORTS, scheme) ?? "" };
}

function matches(asked: Parts, pattern: Parts | undefined): boolean {
  if (pattern === undefined) return false;
  return (
    asked.scheme === pattern.scheme &&
    asked.host === pattern.host &&
    (pattern.port === "*" || asked.port === pattern.port)
  );
}
