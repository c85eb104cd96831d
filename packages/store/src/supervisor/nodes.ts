import type { Heartbeat, Hello } from "@hal/protocol";
import { eq, isNull, sql } from "drizzle-orm";
import { inTransaction } from "../sqlite.ts";
import type { SupervisorStore } from "./open.ts";
import type { NodeRow } from "./rows.ts";
import { nodes } from "./schema.ts";

export async function allNodes(store: SupervisorStore): Promise<NodeRow[]> {
  return store.sqlite.orm.select().from(nodes).orderBy(nodes.hostname, nodes.id).all();
}

export async function nodeById(store: SupervisorStore, id: string): Promise<NodeRow | undefined> {
  return store.sqlite.orm.select().from(nodes).where(eq(nodes.id, id)).get();
}

/** What is kept of a node's secret: the hash, and whether the node proved that it has it. */
export interface KeptSecret {
  readonly secretHash: string;
  readonly secretConfirmed: boolean;
}

/** Notes that a node connected; a node that was never seen is created. */
export async function noteConnected(
  store: SupervisorStore,
  hello: Hello,
  secret: KeptSecret,
  now: number,
): Promise<void> {
  const { node } = hello;
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
  store.sqlite.orm
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

/** Keeps what nodes reported last, all in one commit. */
export async function noteReports(store: SupervisorStore, reports: readonly NodeReport[]): Promise<void> {
  inTransaction(store, () => {
    for (const { nodeId, at, opencode, resources } of reports)
      store.sqlite.orm
        .update(nodes)
        .set({ lastHeartbeatAt: at, opencode, ...(resources === undefined ? {} : { resources }) })
        .where(eq(nodes.id, nodeId))
        .run();
  });
}

export async function noteProjects(store: SupervisorStore, nodeId: string, projects: unknown): Promise<void> {
  store.sqlite.orm.update(nodes).set({ projects }).where(eq(nodes.id, nodeId)).run();
}

export async function noteDisconnected(
  store: SupervisorStore,
  nodeId: string,
  reason: string,
  now: number,
): Promise<void> {
  store.sqlite.orm
    .update(nodes)
    .set({ disconnectedAt: now, disconnectReason: reason })
    .where(eq(nodes.id, nodeId))
    .run();
}

/** After a start nobody is connected, whatever an earlier run left behind. Returns whom it held for connected. */
export async function noteAllDisconnected(store: SupervisorStore, reason: string): Promise<string[]> {
  return inTransaction(store, () =>
    store.sqlite.orm
      .update(nodes)
      .set({ disconnectedAt: sql`max(coalesce(${nodes.lastHeartbeatAt}, 0), 0)`, disconnectReason: reason })
      .where(isNull(nodes.disconnectedAt))
      .returning({ id: nodes.id })
      .all()
      .map((row) => row.id),
  );
}
