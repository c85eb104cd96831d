import type { Hello } from "@hal/protocol";
import { confirmSecret, type NodeRow } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import type { AgentLink } from "./link.ts";

/** A hello, the fingerprint of the token that it came with, and from where it came. */
export interface Greeting {
  readonly hello: Hello;
  readonly credential: string;
  readonly address: string | undefined;
}

/** A node that was let in, and as whom it was known before. */
export interface Arrival extends Greeting {
  readonly known: NodeRow | undefined;
  readonly isMintedAgain: boolean;
}

/** Puts into the audit that a node comes from elsewhere than before, or with another token, or is given its secret again. */
export function recordArrival(context: Context, { known, hello, credential, address, isMintedAgain }: Arrival): void {
  if (known === undefined) return;
  const args = {
    ...changed("host", known.hostname, hello.node.hostname),
    ...changed("address", known.address, address),
    ...changed("token", known.credential, credential),
  };
  const actor = { actor: `node:${known.id}`, role: "agent", surface: "agent", ip: address } as const;
  if (Object.keys(args).length > 0)
    context.audit.record({ ...actor, action: "nodes.connect" }, { target: known.id, args });
  if (!isMintedAgain) return;
  context.audit.record({ ...actor, action: "nodes.secret" }, { target: known.id });
  context.log.warn(
    { node: known.id, host: hello.node.hostname, remote: address },
    "this node was not heard of with the secret that it was given, and is given another one",
  );
}

/** An agent that speaks after its welcome has kept the secret of it: it keeps that before it says anything. Protocol §1.5. */
export function recordSecretSaved({ store, log }: Context, link: AgentLink): void {
  const { minted, nodeId } = link;
  if (minted === undefined) return;
  link.minted = undefined;
  confirmSecret(store, nodeId, minted).catch((error: unknown) => {
    // it proves itself when it comes again
    log.warn({ error, node: nodeId }, "it could not be kept that this node has its secret");
  });
}

function changed(what: string, before: string | null, now: string | undefined): Readonly<Record<string, string>> {
  return before === null || now === undefined || before === now ? {} : { [what]: now, [`${what}_before`]: before };
}
