import type { Finding } from "@hal/protocol";
import type { NodeSubject } from "./facts.ts";
import { finding } from "./finding.ts";

/** What an agent with a token that was replaced has to expect; nothing where its token is in use. */
export function tokenFindings({ token, connected }: NodeSubject): Finding[] {
  if (token === undefined) return [];
  const { fingerprint, isAccepted, hindrance } = token;
  const what = `its agent has the previous token (fingerprint ${fingerprint})`;
  const mend = "change auth_token in its configuration";
  if (!isAccepted)
    return [
      finding("agent", "problem", `${what}, which is not accepted any more; ${mend}, unless it was given the new one`),
    ];
  if (hindrance !== undefined) return [finding("agent", "problem", `${what}: ${hindrance}; ${mend}`)];
  const next = connected
    ? "was given the new one, and has not confirmed it yet"
    : "is given the new one when it is back";
  return [finding("agent", "note", `${what} and ${next}`)];
}
