/** How a shared token stands: `replaced` ones were in use once, and are refused. */
export type SharedStanding = "current" | "previous" | "replaced";

/** What is known of the shared tokens, by their hashes. */
export interface SharedFacts {
  readonly current: string;
  /** as the configuration has them */
  readonly previous: readonly string[];
  /** those that an operator ended */
  readonly revoked: ReadonlySet<string>;
  /** all that ever were in the configuration */
  readonly known: ReadonlySet<string>;
}

/** How the token with that hash stands; undefined where it never was a shared one. Pure. Protocol §11. */
export function standingOf(
  hash: string,
  { current, previous, revoked, known }: SharedFacts,
): SharedStanding | undefined {
  if (hash === current) return "current";
  if (previous.includes(hash)) return revoked.has(hash) ? "replaced" : "previous";
  return known.has(hash) ? "replaced" : undefined;
}

/** A node that comes, and what it comes with. */
export interface Coming {
  readonly standing: "current" | "previous" | "named";
  /** the fingerprint of the current token */
  readonly current: string;
  /** the fingerprint of the token that the node has, as far as it has confirmed one */
  readonly confirmed: string | undefined;
  /** since when the node has the secret by which it proves itself; undefined where that is now */
  readonly identifiedAt: number | undefined;
  /** when the token that it comes with was replaced */
  readonly replacedAt: number;
  /** whether it proved its node secret */
  readonly isProven: boolean;
  /** whether its agent takes `update` */
  readonly takesUpdates: boolean;
}

/** Whether a node is taken with its token, and why it is not given the current one where it comes with the previous one. */
export type CredentialVerdict =
  | { readonly kind: "fine" }
  /** it has the current one, and the overlap is over for it */
  | { readonly kind: "refused" }
  | { readonly kind: "hand out" }
  | { readonly kind: "not given"; readonly why: string };

/**
 * Judges what a node comes with. The current token is handed to nodes alone that were there before the one they come with was
 * replaced: whoever found an old token somewhere must not get the new one for it. Pure. Protocol §11.
 */
export function judgeCredential(coming: Coming): CredentialVerdict {
  if (coming.standing !== "previous") return { kind: "fine" };
  if (coming.confirmed === coming.current) return { kind: "refused" };
  if (!coming.takesUpdates) return { kind: "not given", why: "its agent is too old to be given the new one" };
  if (coming.identifiedAt === undefined || coming.identifiedAt >= coming.replacedAt)
    return {
      kind: "not given",
      why: "it was given its node secret after that one was replaced, and is not given the new one",
    };
  if (!coming.isProven)
    return {
      kind: "not given",
      why: "it has not proven its node secret yet; it is given the new one when it comes again",
    };
  return { kind: "hand out" };
}
