import { type EventData, type HalEvent, microUsd } from "@hal/protocol";
import { tokenUsage } from "./message-assembly.ts";
import type { SourceKeys } from "./source-keys.ts";
import type { SessionInfo } from "./sync-row.ts";

/** The event that tells what a session is, and the text by which a change is known. */
export function factsEvent(
  info: SessionInfo,
  { keys, external, isNew }: { readonly keys: SourceKeys; readonly external: boolean; readonly isNew: boolean },
): { readonly text: string; readonly event: HalEvent } {
  const data = sessionFacts(info, external);
  const text = JSON.stringify({ ...data, updatedAt: undefined });
  const sourceKey = keys.facts(text, data.updatedAt);
  return { text, event: { type: isNew ? "session.started" : "session.updated", at: data.updatedAt, sourceKey, data } };
}

/** opencode's own title, model and running sums. */
function sessionFacts(info: SessionInfo, external: boolean): EventData<"session.started"> {
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
