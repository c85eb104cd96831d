import { createHash } from "node:crypto";

/** By which two people compare a token without telling it; the supervisor's log and `tokens list` show the same. */
export function tokenMark(token: string): string {
  return createHash("sha256").update(token).digest("hex").slice(0, 8);
}
