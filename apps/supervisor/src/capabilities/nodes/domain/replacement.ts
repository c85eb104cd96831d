import type { ProjectReport } from "@hal/protocol";

/** What is known of a node, as far as it bears on who replaces whom. Times are milliseconds since 1970. */
export interface Replaceable {
  readonly id: string;
  readonly hostname: string;
  readonly projects: readonly Pick<ProjectReport, "name" | "directory">[];
  readonly firstSeenAt: number;
  readonly lastHeartbeatAt: number | null;
  readonly isConnected: boolean;
}

/**
 * Which node has taken the place of which, by their ids: an agent that lost its identity comes back as another node. It has the
 * same host and a project in the same directory, and the one before was never heard of again. Of several the newest is meant. Pure.
 */
export function replacements(nodes: readonly Replaceable[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const hosts = Map.groupBy(nodes, ({ hostname }) => hostname);
  for (const old of nodes) {
    if (old.isConnected) continue;
    const heirs = (hosts.get(old.hostname) ?? [])
      .filter((node) => isHeir(old, node))
      .toSorted((a, b) => b.firstSeenAt - a.firstSeenAt);
    const [heir] = heirs;
    if (heir !== undefined) found.set(old.id, heir.id);
  }
  return found;
}

function isHeir(old: Replaceable, node: Replaceable): boolean {
  return (
    node.id !== old.id &&
    node.firstSeenAt > old.firstSeenAt &&
    node.firstSeenAt >= (old.lastHeartbeatAt ?? 0) &&
    node.projects.some((one) => old.projects.some((other) => sameProject(one, other)))
  );
}

function sameProject(one: Pick<ProjectReport, "name" | "directory">, other: typeof one): boolean {
  return one.name === other.name && one.directory === other.directory;
}
