import type { Heartbeat, Hello } from "@hal/protocol";
import { and, eq, isNull, sql } from "drizzle-orm";
import { prepared } from "../../prepared.ts";
import { cursors } from "../log/schema.ts";
import { write } from "../write.ts";
import { excluded, placeholders, type WriterDatabase } from "../writer-database.ts";
import { nodes } from "./schema.ts";

/** What is kept of a node's secret: the hash, and whether the node proved that it has it. */
export interface KeptSecret {
  readonly secretHash: string;
  readonly secretConfirmed: boolean;
}

/** By what a node was let in; `secretMintedAt` is there where it was given its secret just now. */
export interface LetIn extends KeptSecret {
  readonly secretMintedAt?: number;
  /** fingerprint of the token that it has */
  readonly credential?: string;
  /** fingerprint of the token that it came with */
  readonly enrolledWith?: string;
  readonly address?: string;
}

const keepingInstance = prepared(({ orm }: WriterDatabase) =>
  orm
    .insert(cursors)
    .values({ ...placeholders(cursors), seq: 0, mark: "" })
    .onConflictDoUpdate({ target: [cursors.nodeId, cursors.epoch], set: { instance: sql`excluded.instance` } })
    .prepare(),
);

const connecting = prepared(({ orm }: WriterDatabase) => {
  // what a node did not tell just now stays as it is known
  const told = excluded(nodes, [nodes.id, nodes.resources, nodes.firstSeenAt, nodes.enrolledWith]);
  const kept = {
    credential: sql`coalesce(excluded.credential, ${nodes.credential})`,
    secretMintedAt: sql`coalesce(excluded.secret_minted_at, ${nodes.secretMintedAt})`,
    address: sql`coalesce(excluded.address, ${nodes.address})`,
  };
  return orm
    .insert(nodes)
    .values({ ...placeholders(nodes), resources: null })
    .onConflictDoUpdate({ target: nodes.id, set: { ...told, ...kept } })
    .prepare();
});

/**
 * Records that a node connected; a node that was never seen is created. Of an outbox that goes on, the run of the agent is
 * kept that has it now.
 */
export const recordConnected = write(
  "recordConnected",
  (
    db: WriterDatabase,
    hello: Hello,
    letIn: LetIn,
    { now, goesOn }: { readonly now: number; readonly goesOn: boolean },
  ): void => {
    const { node } = hello;
    if (goesOn) keepingInstance(db).run({ nodeId: node.id, epoch: hello.outbox.epoch, instance: hello.instance });
    connecting(db).run({
      id: node.id,
      hostname: node.hostname,
      name: node.name ?? node.hostname,
      labels: node.labels ?? {},
      version: node.version,
      os: node.os,
      arch: node.arch,
      projects: hello.projects,
      opencode: hello.opencode,
      features: hello.features,
      credential: null,
      secretMintedAt: null,
      enrolledWith: null,
      address: null,
      ...letIn,
      firstSeenAt: now,
      connectedAt: now,
      lastHeartbeatAt: now,
      disconnectedAt: null,
      disconnectReason: null,
    });
  },
);

/** What the last heartbeat of a node said. */
export interface NodeReport {
  readonly nodeId: string;
  readonly at: number;
  readonly opencode: Heartbeat["opencode"];
  readonly resources: Heartbeat["resources"];
}

const reporting = prepared(({ orm }: WriterDatabase) => {
  const { lastHeartbeatAt, opencode, resources } = placeholders(nodes);
  const where = eq(nodes.id, sql.placeholder("id"));
  return {
    withResources: orm.update(nodes).set({ lastHeartbeatAt, opencode, resources }).where(where).prepare(),
    without: orm.update(nodes).set({ lastHeartbeatAt, opencode }).where(where).prepare(),
  };
});

/** Records what nodes reported last. */
export const recordReports = write("recordReports", (db: WriterDatabase, reports: readonly NodeReport[]): void => {
  const { withResources, without } = reporting(db);
  for (const { nodeId, at, opencode, resources } of reports) {
    const statement = resources === undefined ? without : withResources;
    statement.run({ id: nodeId, lastHeartbeatAt: at, opencode, resources });
  }
});

/** Records that a node has the secret that it was given, unless it was given another one since. */
export const confirmSecret = write("confirmSecret", (db: WriterDatabase, nodeId: string, secretHash: string): void => {
  db.orm
    .update(nodes)
    .set({ secretConfirmed: true })
    .where(and(eq(nodes.id, nodeId), eq(nodes.secretHash, secretHash)))
    .run();
});

/** Records which token a node's agent has, by its fingerprint. */
export const recordCredential = write(
  "recordCredential",
  (db: WriterDatabase, nodeId: string, credential: string): void => {
    db.orm.update(nodes).set({ credential }).where(eq(nodes.id, nodeId)).run();
  },
);

export const recordDisconnected = write(
  "recordDisconnected",
  (db: WriterDatabase, nodeId: string, reason: string, now: number): void => {
    db.orm.update(nodes).set({ disconnectedAt: now, disconnectReason: reason }).where(eq(nodes.id, nodeId)).run();
  },
);

/** After a start nobody is connected, whatever an earlier run left behind. Returns whom it held for connected. */
export const recordAllDisconnected = write("recordAllDisconnected", (db: WriterDatabase, reason: string): string[] => {
  return db.orm
    .update(nodes)
    .set({ disconnectedAt: sql`max(coalesce(${nodes.lastHeartbeatAt}, 0), 0)`, disconnectReason: reason })
    .where(isNull(nodes.disconnectedAt))
    .returning({ id: nodes.id })
    .all()
    .map((row) => row.id);
});
