import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { uuidv7 } from "uuidv7";

/** A UUID of version 7: sorts by the time of its making. */
export function newUuid(): string {
  return uuidv7();
}

/** A secret of 256 random bits in hex digits: safe in URLs and headers, and no option of a command line, which begins with a dash. */
export function newToken(): string {
  return randomBytes(32).toString("hex");
}

/** Eight hex digits by which two people can compare a secret without telling it. */
export function fingerprint(secret: string): string {
  return hashSecret(secret).slice(0, 8);
}

/** How a secret is kept at rest: its SHA-256 in hex. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Whether two secrets are the same, in a time that does not depend on where they differ. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (secret: string): Buffer => createHash("sha256").update(secret).digest();
  return timingSafeEqual(digest(a), digest(b));
}
