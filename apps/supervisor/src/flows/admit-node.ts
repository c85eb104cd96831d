import { commonVersion, type Hello, PROTOCOL_RANGE, type Update, type Welcome } from "@hal/protocol";
import { fingerprint, hashSecret, newToken, sameSecret } from "@hal/daemon";
import {
  appendOwnEvents,
  type Committed,
  committedOf,
  type KeptSecret,
  type KnownOutbox,
  nodeById,
  noteConnected,
  type OwnEvent,
  renewLogId,
} from "@hal/store/supervisor";
import type { AgentLink, Context } from "../context.ts";
import { credentialOf, judgeNode, tokenUpdate } from "./hand-out-token.ts";
import { statusOf } from "./node-statuses.ts";

/** Whether an agent may speak for its node. */
export type Admission =
  /** `update` follows the welcome, where there is one */
  | { readonly kind: "welcome"; readonly welcome: Welcome; readonly update: Update | undefined }
  | { readonly kind: "refused"; readonly code: 4002 | 4003 | 4004 | 4006 | 4009; readonly reason: string };

/** Asks a connected link for a sign of life and says whether one came. */
export type Probe = (link: AgentLink) => Promise<boolean>;

/**
 * Judges a hello that came with the token of that fingerprint: version, identity, token, rival; then notes the node as connected.
 * Protocol §1.3–1.5, §11.
 */
export async function admitNode(
  context: Context,
  { hello, credential }: { readonly hello: Hello; readonly credential: string },
  probe: Probe,
): Promise<Admission> {
  const protocol = commonVersion(PROTOCOL_RANGE, hello.protocol);
  if (protocol === undefined)
    return {
      kind: "refused",
      code: 4002,
      reason: `supervisor speaks ${PROTOCOL_RANGE.min}-${PROTOCOL_RANGE.max}, agent ${hello.protocol.min}-${hello.protocol.max}`,
    };

  const known = await nodeById(context.store, hello.node.id);
  const identity = proveIdentity(known, hello.secret);
  if (identity === undefined)
    return { kind: "refused", code: 4004, reason: "the node secret does not fit this node; see docs/protocol.md 1.5" };

  const isProven = identity.minted === undefined;
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
  const kept = { ...identity.kept, credential: credentialOf(context, hello, credential) };
  await noteConnected(context.store, hello, kept, { now, goesOn: !resetEpoch });
  if (!wasOnline) await announce(context, hello, now);
  const greeting = { protocol, secret: identity.minted, committed, resetEpoch };
  if (verdict.kind === "not given")
    context.log.warn(
      { node: hello.node.id, why: verdict.why },
      "this node has the previous token; change its auth_token",
    );
  const update = verdict.kind === "hand out" ? tokenUpdate(context, hello.node.id) : undefined;
  return { kind: "welcome", welcome: await welcome(context, hello, greeting), update };
}

function overlapIsOver({ tokens }: Context): string {
  const mark = fingerprint(tokens.shared.current);
  // a close frame has room for 120 characters
  return `this node was given the new token (${mark}); the previous one has ended for it: set auth_token to the new one`;
}

interface Identity {
  readonly kept: KeptSecret;
  /** told to the agent; undefined where it has its secret already */
  readonly minted: string | undefined;
}

/** A node proves the secret it got; one that never proved it may have died before keeping it and gets a new one. */
function proveIdentity(known: KeptSecret | undefined, secret: string | undefined): Identity | undefined {
  if (known === undefined || (!known.secretConfirmed && secret === undefined)) {
    const minted = newToken();
    return { kept: { secretHash: hashSecret(minted), secretConfirmed: false }, minted };
  }
  // one that was never proved binds nobody: a database that was put back may hold an earlier one than the agent got since
  if (secret === undefined || (known.secretConfirmed && !sameSecret(hashSecret(secret), known.secretHash)))
    return undefined;
  return { kept: { secretHash: hashSecret(secret), secretConfirmed: true }, minted: undefined };
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

async function tell(context: Context, own: OwnEvent): Promise<void> {
  for (const { type, data } of await appendOwnEvents(context.store, [own], own.event.at)) {
    context.metrics.eventsAppended(type);
    if (type === "gap") context.metrics.gapAppended(data.reason);
  }
  context.wakeup.notify();
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
  if (logId === context.store.logId && acked > committed.seq) await beginNewLife(context, hello, committed);
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
  };
}

/**
 * This log has acknowledged more than it holds, so it was restored from an older copy: cursors of what is lost must
 * not be taken for places in it. The agents send again what they kept (protocol §4.6).
 */
async function beginNewLife(context: Context, hello: Hello, committed: Committed): Promise<void> {
  const { epoch, acked } = hello.outbox;
  await renewLogId(context.store);
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
