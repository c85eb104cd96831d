import type { SlackSessionStatus } from "@hal/channels";
import type { SessionStatus } from "@hal/protocol";
import { sessionsAt } from "@hal/store/supervisor";
import type { Doing } from "../../channels/composer.ts";
import type { Context as ChannelsContext } from "../../channels/context.ts";
import { nodeStatuses, statusSeen } from "../../nodes/node-statuses.ts";

const STATUSES: Readonly<Record<SessionStatus, SlackSessionStatus>> = {
  starting: "processing",
  busy: "processing",
  retrying: "processing",
  waiting: "suspended",
  unreachable: "suspended",
  idle: "active",
  error: "active",
  ended: "closed",
};

/** What each of some sessions does, as a platform says it that knows sessions of agents. */
export async function sessionsDoing(
  context: ChannelsContext,
  places: readonly { readonly nodeId: string; readonly id: string }[],
): Promise<ReadonlyMap<string, Doing>> {
  const nodes = await nodeStatuses(context);
  const rows = await sessionsAt(context.store, places);
  return new Map(
    rows.map((row) => {
      const status = STATUSES[statusSeen(row, nodes.get(row.nodeId))];
      const title = row.title === "" ? row.project : `${row.project}: ${row.title}`;
      return [`session/${row.nodeId}/${row.id}`, { status, title }];
    }),
  );
}
