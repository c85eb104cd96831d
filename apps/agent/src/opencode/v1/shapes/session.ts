import { microUsd } from "@hal/protocol";
import * as v from "valibot";
import type { SourceSession } from "../../../domain/source-fact.ts";
import { Dollars, Time, Tokens, tokensOf } from "./bounds.ts";

const Info = v.object({
  id: v.string(),
  directory: v.string(),
  parentID: v.optional(v.string()),
  title: v.optional(v.string(), ""),
  agent: v.optional(v.string()),
  model: v.optional(v.object({ id: v.string(), providerID: v.string() })),
  metadata: v.optional(v.nullable(v.record(v.string(), v.unknown()))),
  cost: v.optional(Dollars, 0),
  tokens: Tokens,
  revert: v.optional(v.nullable(v.object({ messageID: v.string(), partID: v.optional(v.string()) }))),
  time: v.object({
    created: Time,
    updated: v.optional(Time),
    archived: v.optional(v.nullable(Time)),
  }),
});

/** A session as opencode tells and lists it. */
export const Session = v.pipe(
  Info,
  v.transform(
    ({ id, directory, parentID, title, agent, model, metadata, cost, tokens, revert, time }): SourceSession => ({
      id,
      directory,
      parentId: parentID,
      title,
      agent,
      model: model === undefined ? undefined : `${model.providerID}/${model.id}`,
      commandId: commandOf(metadata?.[COMMAND]),
      isFork: FORK.test(title),
      costMicroUsd: microUsd(cost),
      tokens: tokensOf(tokens),
      undoneFrom: revert == null ? undefined : undoneFrom(revert),
      createdAt: time.created,
      updatedAt: time.updated ?? time.created,
      // opencode takes 0 for what is not archived any more
      archivedAt: time.archived == null || time.archived === 0 ? undefined : time.archived,
    }),
  ),
);

/** Under this name a session has the command that created it. */
export const COMMAND = "hal";

const FORK = /\(fork #\d+\)$/;

/** Whatever is noted there, somebody of ours noted it. */
function commandOf(noted: unknown): string | undefined {
  return noted === undefined || typeof noted === "string" ? noted : JSON.stringify(noted);
}

function undoneFrom({
  messageID: messageId,
  partID: partId,
}: {
  readonly messageID: string;
  readonly partID?: string | undefined;
}) {
  return partId === undefined ? { messageId } : { messageId, partId };
}
