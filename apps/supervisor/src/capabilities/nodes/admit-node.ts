import {
  commonVersion,
  type Hello,
  HOLD_FEATURE,
  LEASES_FEATURE,
  PROTOCOL_RANGE,
  RULES_FEATURE,
  TOLD_FEATURE,
  type Update,
  type Welcome,
} from "@hal/protocol";
import { fingerprint, hashSecret, newToken, sameSecret } from "@hal/daemon";
import {
  appendOwnEvents,
  type Committed,
  committedOf,
  countEnrolledWith,
  isEarlierLife,
  type KnownOutbox,
  type LetIn,
  nodeById,
  type NodeRow,
  recordConnected,
  type OwnEvent,
  renewLogId,
} from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import type { AgentLink } from "./link.ts";
import { judgeIdentity } from "./domain/node-identity.ts";
import { credentialOf, isSharedToken, judgeNode } from "./node-credential.ts";
import { type Greeting, recordArrival } from "./record-arrival.ts";
import { statusOf } from "./node-statuses.ts";

/** Whether an agent may speak for its node. */
export type Admission =
  /** `updates` makes what follows the welcome, where there is something, as of then; `minted` is the hash of the secret that the welcome hands out */
  | {
      readonly kind: "welcome";
      readonly welcome: Welcome;
      readonly updates: () => readonly Update[];
      readonly minted: string | undefined;
    }
  | { readonly kind: "refused"; readonly code: 1008 | 4002 | 4003 | 4004 | 4006 | 4009; readonly reason: string };

/** Asks a connected link for a sign of life and says whether one came. */
export type Probe = (link: AgentLink) => Promise<boolean>;

/**
 * Judges a hello: version, identity, token, rival; then notes the node as connected.
 * Protocol §1.3–1.5, §11.
 */
export async function admitNode(context: Context, greeting: Greeting, probe: Probe): Promise<Admission> {
  const { hello, credential, address } = greeting;
  const protocol = commonVersion(PROTOCOL_RANGE, hello.protocol);
  if (protocol === undefined)
    return {
      kind: "refused",
      code: 4002,
      reason: `supervisor speaks ${PROTOCOL_RANGE.min}-${PROTOCOL_RANGE.max}, agent ${hello.protocol.min}-${hello.protocol.max}`,
    };

  const known = await nodeById(context.store, hello.node.id);
  const identity = judgeIdentity({
    known,
    fits: known && hello.secret !== undefined ? sameSecret(hashSecret(hello.secret), known.secretHash) : undefined,
    hasSameToken: hasSameToken(context, known, credential),
  });
  if (identity.kind === "refused") return { kind: "refused", code: 4004, reason: identity.reason };

  const { nodesPerToken } = context.limits;
  if (known === undefined && (await countEnrolledWith(context.store, credential)) >= nodesPerToken)
    return {
      kind: "refused",
      code: 1008,
      reason: `${nodesPerToken} nodes came with this token (limits.nodes_per_token); see: halctl nodes remove`,
    };

  const isProven = identity.kind === "proven";
  const verdict = judgeNode(context, known, { credential, isProven, features: hello.features });
  if (verdict.kind === "refused") return { kind: "refused", code: 4009, reason: overlapIsOver(context) };

  const rival = context.links.get(hello.node.id);
  if (rival?.instance === hello.instance && rival.connection >= hello.connection)
    return { kind: "refused", code: 4003, reason: "a newer connection of this run of the agent is there already" };
  if (rival !== undefined && rival.instance !== hello.instance && (await probe(rival)))
    return {
      kind: "refused",
      code: 4006,
      reason: "another live agent has this identity; was its data directory copied?",
    };

  const now = context.clock.now();
  const wasOnline = known !== undefined && statusOf(context, known).status !== "offline";
  const committed = await committedOf(context.store, hello.node.id, hello.outbox.epoch);
  const resetEpoch = isOlderCopy(hello, committed);
  const minted = isProven ? undefined : newToken();
  const letIn: LetIn = {
    ...keptSecret(known, minted, now),
    credential: credentialOf(context, hello, credential),
    enrolledWith: credential,
    ...(address === undefined ? {} : { address }),
  };
  await recordConnected(context.store, hello, letIn, { now, goesOn: !resetEpoch });
  recordArrival(context, {
    known,
    hello,
    credential,
    address,
    isMintedAgain: identity.kind === "mint" && identity.again,
  });
  if (!wasOnline) await announce(context, hello, now);
  const greeted = { protocol, secret: minted, committed, resetEpoch };
  const { features } = hello;
  const said = await welcome(context, hello, greeted);
  // behind what is found out there: whether this database was restored
  await context.briefings.prepare(hello);
  const briefed = { nodeId: hello.node.id, node: known, credential, isProven, features };
  return {
    kind: "welcome",
    welcome: said,
    updates: () => context.briefings.updatesFor(briefed),
    minted: minted === undefined ? undefined : hashSecret(minted),
  };
}

function overlapIsOver({ tokens }: Context): string {
  const mark = fingerprint(tokens.shared.current);
  // a close frame has room for 120 characters
  return `this node was given the new token (${mark}); the previous one has ended for it: set auth_token to the new one`;
}

function keptSecret(known: NodeRow | undefined, minted: string | undefined, now: number) {
  if (minted === undefined) return { secretHash: known?.secretHash ?? "", secretConfirmed: true };
  return { secretHash: hashSecret(minted), secretConfirmed: false, secretMintedAt: now };
}

/** All shared tokens are one here: which of them an agent has changes as they are replaced. */
function hasSameToken(context: Context, known: NodeRow | undefined, credential: string): boolean {
  const before = known?.credential ?? credential;
  return before === credential || (isSharedToken(context, before) && isSharedToken(context, credential));
}

async function announce(context: Context, hello: Hello, now: number): Promise<void> {
  const { instance, connection, node } = hello;
  await tell(context, {
    nodeId: node.id,
    event: {
      type: "node.online",
      at: now,
      sourceKey: `online/${instance}/${connection}`,
      data: { hostname: node.hostname },
    },
  });
}

async function tell({ store }: Context, own: OwnEvent): Promise<void> {
  await appendOwnEvents(store, [own], own.event.at);
}

/**
 * Whether the outbox is an older copy of the one that was here before: it holds less than is committed, or it does not
 * know the run of the agent that was welcome last. What that run did is forgotten there, commands above all (protocol §4.5).
 */
function isOlderCopy({ instance, outbox }: Hello, known: KnownOutbox): boolean {
  if (outbox.lastSeq < known.seq) return true;
  const runs = [...(outbox.instances ?? []), instance];
  return known.instance !== "" && outbox.instances !== undefined && !runs.includes(known.instance);
}

interface Greeted {
  readonly protocol: number;
  readonly secret: string | undefined;
  readonly committed: KnownOutbox;
  readonly resetEpoch: boolean;
}

async function welcome(context: Context, hello: Hello, greeted: Greeted): Promise<Welcome> {
  const { epoch, acked, logId } = hello.outbox;
  const { protocol, committed, resetEpoch, secret } = greeted;
  if (logId !== undefined && acked > committed.seq) {
    if (logId === context.store.logId) await beginNewLife(context, hello, committed);
    // a copy that was restored is known for it at the start; what it lacks of this node is known only now
    else if (isEarlierLife(context.store.sqlite.orm, logId)) await tellWhatIsLost(context, hello, committed);
  }
  return {
    type: "welcome",
    protocol,
    supervisor: { version: context.version, logId: context.store.logId },
    heartbeatIntervalMs: context.heartbeat.intervalMs,
    heartbeatTimeoutMs: context.heartbeat.timeoutMs,
    acknowledged: { epoch, seq: committed.seq, mark: committed.mark },
    resetEpoch,
    ...(secret === undefined ? {} : { secret }),
    serverTime: context.clock.now(),
    features: [TOLD_FEATURE, HOLD_FEATURE, RULES_FEATURE, LEASES_FEATURE],
  };
}

/**
 * This log has acknowledged more than it holds, so it was restored from an older copy: cursors of what is lost must
 * not be taken for places in it. The agents send again what they kept (protocol §4.6).
 */
async function beginNewLife(context: Context, hello: Hello, committed: Committed): Promise<void> {
  await renewLogId(context.store, context.clock.now());
  await tellWhatIsLost(context, hello, committed);
}

async function tellWhatIsLost(context: Context, hello: Hello, committed: Committed): Promise<void> {
  const { epoch, acked } = hello.outbox;
  context.log.error(
    { log_id: context.store.logId, node: hello.node.id, held: committed.seq, promised: acked },
    "this database is older than what it acknowledged: it was restored from a backup; agents send again what they kept",
  );
  await tell(context, {
    nodeId: hello.node.id,
    event: {
      type: "gap",
      at: context.clock.now(),
      sourceKey: `restored/${context.store.logId}/${epoch}`,
      data: { from: committed.seq + 1, to: acked, count: acked - committed.seq, reason: "supervisor_restored" },
    },
  });
}
