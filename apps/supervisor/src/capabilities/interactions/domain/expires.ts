/** Who denies what nobody answers. */
export const EXPIRY = "policy:expiry";

export interface Expiring {
  readonly kind: "permission" | "question";
  readonly state: string;
  readonly askedAt: number;
  readonly seenAt: number | null;
}

/** When a permission is denied unless somebody answers; undefined where it never is. */
export function expiresAt({ kind, state, askedAt, seenAt }: Expiring, afterMs: number | undefined): number | undefined {
  if (afterMs === undefined || kind !== "permission" || state !== "open") return undefined;
  return (seenAt ?? askedAt) + afterMs;
}

/** What becomes of it, as a clause; a node that is away could not deny it. */
export function expiryText(at: number, now: number, isAway: boolean): string {
  if (now < at) return `is denied at ${new Date(at).toISOString()} unless somebody answers`;
  return isAway ? "has expired, and is denied when its node is back: it is away" : "has expired, and is being denied";
}
