import { type EventData, NO_TOKENS, totalTokens, type ToldSession, Word } from "@hal/protocol";
import * as v from "valibot";
import type { SourceSession } from "../../../domain/source-fact.ts";
import type { SavedSession } from "./saved-session.ts";
import type { SourceKeys } from "./source-keys.ts";
import type { Change } from "./status-change.ts";

interface How {
  readonly keys: SourceKeys;
  readonly isNew: boolean;
  /** it is told whatever was told before */
  readonly isAgain: boolean;
}

/** Compares what a session is with what was told of it. */
export function factsChange(saved: SavedSession, session: SourceSession, { keys, isNew, isAgain }: How): Change {
  const data = sessionFacts(session, saved);
  const facts = JSON.stringify({ ...data, updatedAt: undefined });
  const after = { ...saved, facts };
  if (facts === saved.facts && !isAgain) return { saved: after, news: undefined };
  const sourceKey = keys.facts(facts, data.updatedAt, isAgain);
  const type = isNew ? "session.started" : "session.updated";
  return { saved: after, news: { type, at: data.updatedAt, sourceKey, data } };
}

/** What the supervisor compares of the facts that were told, of which this is the JSON (protocol §4.11). */
export function toldFacts(json: string): NonNullable<ToldSession["facts"]> {
  const { title, costMicroUsd, tokens, undoneFrom } = JSON.parse(json) as Partial<EventData<"session.started">>;
  return {
    costMicroUsd: costMicroUsd ?? 0,
    tokens: totalTokens(tokens ?? NO_TOKENS),
    ...(v.is(Word, title) ? { title } : {}),
    ...(undoneFrom === undefined ? {} : { undoneFrom: undoneFrom.messageId }),
  };
}

/** Its back end's own title, model and running sums. */
function sessionFacts(
  session: SourceSession,
  { external, continues, worktree }: Pick<SavedSession, "external" | "continues" | "worktree">,
): EventData<"session.started"> {
  const { title, model, agent, parentId, costMicroUsd, tokens, createdAt, updatedAt, undoneFrom } = session;
  return {
    title,
    ...(model === undefined ? {} : { model }),
    ...(agent === undefined ? {} : { agent }),
    ...(parentId === undefined ? {} : { parentId }),
    costMicroUsd,
    tokens,
    createdAt,
    updatedAt,
    external,
    ...(undoneFrom === undefined ? {} : { undoneFrom }),
    ...(continues === undefined ? {} : { continues }),
    ...(worktree === undefined ? {} : { worktree }),
  };
}
