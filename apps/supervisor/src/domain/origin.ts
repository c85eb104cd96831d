/**
 * Whether a request may come from a page of this origin. No Origin header (agents, command lines) is
 * fine; an empty list restricts nothing; a pattern is `scheme://host[:port]`, with `:*` for any port.
 */
export function originAllowed(origin: string | undefined, allowlist: readonly string[]): boolean {
  if (origin === undefined || allowlist.length === 0) return true;
  const asked = split(origin);
  return asked !== undefined && allowlist.some((pattern) => matches(asked, split(pattern)));
}

interface Parts {
  readonly scheme: string;
  readonly host: string;
  readonly port: string;
}

function split(text: string): Parts | undefined {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(\[[0-9a-f:.]+\]|[^/:@]+)(?::(\d+|\*))?$/i.exec(text);
  if (match === null) return undefined;
  return {
    scheme: (match[1] as string).toLowerCase(),
    host: (match[2] as string).toLowerCase(),
    port: match[3] ?? "",
  };
}

function matches(asked: Parts, pattern: Parts | undefined): boolean {
  if (pattern === undefined) return false;
  return (
    asked.scheme === pattern.scheme &&
    asked.host === pattern.host &&
    (pattern.port === "*" || asked.port === pattern.port)
  );
}
