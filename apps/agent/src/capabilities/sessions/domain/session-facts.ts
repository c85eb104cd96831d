import { type EventData, microUsd } from "@hal/protocol";
import { tokenUsage } from "./messages/message-assembly.ts";
import type { SavedSession } from "./saved-session.ts";
import type { SourceKeys } from "./source-keys.ts";
import type { Change } from "./status-change.ts";
import type { SessionInfo } from "./messages/sync-row.ts";

interface How {
  readonly keys: SourceKeys;
  readonly isNew: boolean;
  /** it is told whatever was told before */
  readonly isAgain: boolean;
}

/** Compares what a session is with what was told of it. */
export function factsChange(saved: SavedSession, info: SessionInfo, { keys, isNew, isAgain }: How): Change {
  const data = sessionFacts(info, saved.external);
  const facts = JSON.stringify({ ...data, updatedAt: undefined });
  const after = { ...saved, facts };
  if (facts === saved.facts && !isAgain) return { saved: after, news: undefined };
  const sourceKey = keys.facts(facts, data.updatedAt, isAgain);
  const type = isNew ? "session.started" : "session.updated";
  return { saved: after, news: { type, at: data.updatedAt, sourceKey, data } };
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
    ...(info.revert == null ? {} : { undoneFrom: undoneFrom(info.revert) }),
  };
}

function undoneFrom({ messageID: messageId, partID: partId }: NonNullable<SessionInfo["revert"]>) {
  return partId === undefined ? { messageId } : { messageId, partId };
}
