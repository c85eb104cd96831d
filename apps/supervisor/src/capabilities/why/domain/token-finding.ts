import type { Finding } from "@hal/protocol";
import type { NodeSubject } from "./facts.ts";
import { finding } from "./finding.ts";

const ADMIN =
  "its agent has the shared token, which is admin, and a model's shell there can read it; give it one of its own: halctl tokens create NAME --role agent";

/** What is to be said of the token of a node's agent. */
export function tokenFindings(node: NodeSubject): Finding[] {
  return [...replacedFindings(node), ...(node.hasAdminToken === true ? [finding("agent", "note", ADMIN)] : [])];
}

/** What an agent with a token that was replaced has to expect; nothing where its token is in use. */
function replacedFindings({ token, connected }: NodeSubject): Finding[] {
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
