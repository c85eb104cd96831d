import { type Hello, UPDATE_FEATURE } from "@hal/protocol";
import { fingerprint } from "@hal/daemon";
import { type NodeRow, recordCredential } from "@hal/store/supervisor";
import type { Context as AccessContext } from "../access/context.ts";
import type { Briefed, Briefing } from "./briefings.ts";
import type { Context } from "./context.ts";
import type { AgentLink } from "./link.ts";
import { type Coming, type CredentialVerdict, judgeCredential } from "../access/domain/rotation.ts";
import type { OutdatedToken } from "./domain/outdated-token.ts";

/** As the audit names it: nobody asked for it but the rotation. */
const HANDING_OUT = { actor: "-", role: undefined, surface: "agent", ip: undefined, action: "tokens.handOut" } as const;

/** By what a link was opened, and whether its agent proved the node's secret. */
export interface Presented {
  /** the token's fingerprint */
  readonly credential: string;
  readonly isProven: boolean;
  readonly features: readonly string[];
}

/** Whether a node is taken with what it presents, and whether it is given the current token. Protocol §11. */
export function judgeNode(context: AccessContext, node: NodeRow | undefined, presented: Presented): CredentialVerdict {
  const { shared } = context.tokens;
  const standing = shared.standing(presented.credential);
  const coming: Coming = {
    standing: standing === "current" || standing === "previous" ? standing : "named",
    current: fingerprint(shared.current),
    confirmed: node?.credential ?? undefined,
    identifiedAt: node?.secretMintedAt ?? node?.firstSeenAt,
    replacedAt: shared.replacedAt(presented.credential),
    isProven: presented.isProven,
    takesUpdates: presented.features.includes(UPDATE_FEATURE),
  };
  return judgeCredential(coming);
}

/** What is to be said of the token that a node's agent has, where that was replaced. */
export function outdatedToken(context: Context, node: NodeRow): OutdatedToken | undefined {
  const { credential } = node;
  const standing = credential === null ? undefined : context.tokens.shared.standing(credential);
  if (credential === null || (standing !== "previous" && standing !== "replaced")) return undefined;
  const isAccepted = standing === "previous";
  const link = context.links.get(node.id);
  if (link === undefined) return { fingerprint: credential, isAccepted, hindrance: undefined };
  const verdict = judgeNode(context, node, { credential, features: link.features, isProven: true });
  return { fingerprint: credential, isAccepted, hindrance: verdict.kind === "not given" ? verdict.why : undefined };
}

/** Whether a fingerprint is that of a token that is, or was, in the configuration. */
export function isSharedToken({ tokens }: Context, credential: string): boolean {
  return tokens.shared.standing(credential) !== undefined;
}

/** What the token of a node's agent may do; null where it is not known which one it has. */
export function tokenRoleOf(context: Context, { credential }: NodeRow): "agent" | "admin" | null {
  if (credential === null) return null;
  return isSharedToken(context, credential) ? "admin" : "agent";
}

/** Hands the current token to a node that came with the previous one and may have it; what hinders that is told in the log. */
export function tokenBriefing(context: AccessContext, briefed: Briefed): Briefing {
  const { tokens, log, audit } = context;
  const { nodeId } = briefed;
  const verdict = judgeNode(context, briefed.node, briefed);
  if (verdict.kind === "not given")
    log.warn({ node: nodeId, why: verdict.why }, "this node has the previous token; change its auth_token");
  if (verdict.kind !== "hand out") return {};
  const token = fingerprint(tokens.shared.current);
  log.info({ node: nodeId, token }, "the new token is handed to this node");
  audit.record(HANDING_OUT, { target: nodeId, args: { fingerprint: token } });
  return { authToken: tokens.shared.current };
}

/** What a node has from now on, by what it came with and what it says that it keeps. */
export function credentialOf(context: Context, { credentialVersion }: Hello, credential: string): string {
  const current = fingerprint(context.tokens.shared.current);
  return isSharedToken(context, credential) && credentialVersion === current ? current : credential;
}

/** Records that an agent has the current token, so that the previous one is not taken from its node any more. */
export function recordTokenSaved(context: Context, link: AgentLink, version: string | undefined): void {
  const current = fingerprint(context.tokens.shared.current);
  if (
    version !== current ||
    link.confirmed === current ||
    context.tokens.shared.standing(link.credential) !== "previous"
  )
    return;
  link.confirmed = current;
  const recorded = recordCredential(context.store, link.nodeId, current);
  recorded.then(
    () => context.log.info({ node: link.nodeId, token: current }, "this node has the new token"),
    (error: unknown) => {
      link.confirmed = undefined;
      context.log.warn({ error, node: link.nodeId }, "it could not be kept that this node has the new token");
    },
  );
}
