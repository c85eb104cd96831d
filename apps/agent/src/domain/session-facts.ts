import { type EventData, microUsd } from "@hal/protocol";
import { tokenUsage } from "./message-assembly.ts";
import type { SessionInfo } from "./sync-row.ts";

/** What is told of a session: opencode's own title, model and running sums. */
export function sessionFacts(info: SessionInfo, external: boolean): EventData<"session.started"> {
  return {
    title: info.title,
    ...(info.model === undefined ? {} : { model: `${info.model.providerID}/${info.model.id}` }),
    ...(info.agent === undefined ? {} : { agent: info.agent }),
    ...(info.parentID === undefined ? {} : { parentId: info.parentID }),
    costMicroUsd: microUsd(Math.max(0, info.cost)),
    tokens: tokenUsage(info.tokens),
    createdAt: Math.round(info.time.created),
    updatedAt: Math.round(info.time.updated ?? info.time.created),
    external,
  };
}
