import type { Heartbeat, Hello } from "@hal/protocol";
import { eq, isNull, sql } from "drizzle-orm";
import { cursors, nodes } from "./schema.ts";
import type { WriterDatabase } from "./writer-database.ts";

/** What is kept of a node's secret: the hash, and whether the node proved that it has it. */
export interface KeptSecret {
  readonly secretHash: string;
  readonly secretConfirmed: boolean;
}

/**
 * Notes that a node connected; a node that was never seen is created. Of an outbox that goes on, the run of the agent is
 * kept that has it now.
 */
export function noteConnected(
  db: WriterDatabase,
  hello: Hello,
  secret: KeptSecret & { readonly credential?: string },
  { now, goesOn }: { readonly now: number; readonly goesOn: boolean },
): void {
  const { node } = hello;
  if (goesOn) {
    const { instance } = hello;
    db.orm
      .insert(cursors)
      .values({ nodeId: node.id, epoch: hello.outbox.epoch, seq: 0, instance })
      .onConflictDoUpdate({ target: [cursors.nodeId, cursors.epoch], set: { instance } })
      .run();
  }
  const told = {
    hostname: node.hostname,
    name: node.name ?? node.hostname,
    labels: node.labels ?? {},
    version: node.version,
    os: node.os,
    arch: node.arch,
    projects: hello.projects,
    opencode: hello.opencode,
    ...secret,
    connectedAt: now,
    lastHeartbeatAt: now,
    disconnectedAt: null,
    disconnectReason: null,
  };
  db.orm
    .insert(nodes)
    .values({
      id: node.id,
      ...told,
      resources: null,
      firstSeenAt: now,
    })
    .onConflictDoUpdate({ target: nodes.id, set: told })
    .run();
}

/** What the last heartbeat of a node said. */
export interface NodeReport {
  readonly nodeId: string;
  readonly at: number;
  readonly opencode: Heartbeat["opencode"];
  readonly resources: Heartbeat["resources"];
}

/** Keeps what nodes reported last. */
export function noteReports(db: WriterDatabase, reports: readonly NodeReport[]): void {
  for (const { nodeId, at, opencode, resources } of reports)
    db.orm
      .update(nodes)
      .set({ lastHeartbeatAt: at, opencode, ...(resources === undefined ? {} : { resources }) })
      .where(eq(nodes.id, nodeId))
      .run();
}

/** Keeps which token a node's agent has, by its fingerprint. */
export function noteCredential(db: WriterDatabase, nodeId: string, credential: string): void {
  db.orm.update(nodes).set({ credential }).where(eq(nodes.id, nodeId)).run();
}

export function noteDisconnected(db: WriterDatabase, nodeId: string, reason: string, now: number): void {
  db.orm.update(nodes).set({ disconnectedAt: now, disconnectReason: reason }).where(eq(nodes.id, nodeId)).run();
}

/** After a start nobody is connected, whatever an earlier run left behind. Returns whom it held for connected. */
export function noteAllDisconnected(db: WriterDatabase, reason: string): string[] {
  return db.orm
    .update(nodes)
    .set({ disconnectedAt: sql`max(coalesce(${nodes.lastHeartbeatAt}, 0), 0)`, disconnectReason: reason })
    .where(isNull(nodes.disconnectedAt))
    .returning({ id: nodes.id })
    .all()
    .map((row) => row.id);
}
