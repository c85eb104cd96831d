/** What is known of a node that comes, and what it shows. */
export interface ShownIdentity {
  /** undefined where nobody of that id was here before */
  readonly known: { readonly secretConfirmed: boolean } | undefined;
  /** whether the secret that it shows is the one that was minted for it; undefined where it shows none */
  readonly fits: boolean | undefined;
  /** whether it comes with the token with which it was given its secret */
  readonly hasSameToken: boolean;
}

export type IdentityVerdict =
  | { readonly kind: "proven" }
  /** it is given a secret; `again` where an earlier one was minted and never heard of */
  | { readonly kind: "mint"; readonly again: boolean }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Judges whether who comes is the node that it says it is. A node is bound to the secret that was minted for it from the first
 * moment. Only where nobody has been heard of with that secret may it have been lost on its way: then who comes without any, and
 * with the same token, is given another one. Pure. Protocol §1.5.
 */
export function judgeIdentity({ known, fits, hasSameToken }: ShownIdentity): IdentityVerdict {
  if (known === undefined) return { kind: "mint", again: false };
  if (fits === true) return { kind: "proven" };
  if (fits === false) return refused("this is not the node secret that was minted here for this node");
  if (known.secretConfirmed) return refused("this node has a secret, and did not show it");
  if (!hasSameToken) return refused("this node was given its secret with another token, and did not show it");
  return { kind: "mint", again: true };
}

function refused(problem: string): IdentityVerdict {
  // a close frame has room for 120 characters
  return { kind: "refused", reason: `${problem}; see: halctl nodes remove` };
}
