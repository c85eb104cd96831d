/** Tokens that a supervisor handed out, newest first, and what they took the place of. */
export interface SavedTokens {
  readonly tokens: readonly string[];
  /** SHA-256 of the configured token at that time */
  readonly insteadOf: string;
  /** the host of the supervisor that handed them out; no other one is shown them */
  readonly host: string;
}

/** The token of the configuration, and whom it is for. */
export interface ConfiguredToken {
  readonly token: string;
  readonly hash: string;
  readonly host: string;
}

/**
 * The tokens to try, best first: those that were handed out, then the configured one; where that was changed since they were kept,
 * it comes first. Never empty. Pure. Protocol §11.
 */
export function tokensToTry(
  configured: ConfiguredToken,
  kept: SavedTokens | undefined,
): readonly [string, ...string[]] {
  const { token } = configured;
  const handedOut = kept === undefined || kept.host !== configured.host ? [] : kept.tokens;
  const isNewer = kept?.insteadOf !== configured.hash;
  const [first = token, ...rest] = isNewer ? [token, ...handedOut] : [...handedOut, token];
  return [first, ...rest.filter((other, index) => other !== first && rest.indexOf(other) === index)];
}

/** What came of trying them so far. */
export interface Tried {
  /** the one that opened a link last */
  readonly worked: string | undefined;
  /** those that were refused since */
  readonly refused: ReadonlySet<string>;
}

/** The token to dial with next; undefined where all were refused. Pure. */
export function nextToken(tokens: readonly string[], { worked, refused }: Tried): string | undefined {
  if (worked !== undefined && tokens.includes(worked) && !refused.has(worked)) return worked;
  return tokens.find((token) => !refused.has(token));
}
