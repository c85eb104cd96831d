import { microUsd, SessionId } from "@hal/protocol";
import * as v from "valibot";
import type { SessionRequest } from "../../../back-end.ts";
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
      continues: continuedOf(metadata?.[CONTINUES], title),
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
const COMMAND = "hal";

/** Under this name one that was restarted has the session that it goes on from, and what it was called when it was created. */
const CONTINUES = "hal_continues";

/** What it calls a session that nobody named, until it finds a name itself. */
const NAMELESS = /^(New|Child) session - \d{4}-\d{2}-\d{2}T/;

/** How a session is created that is to be called so, and what is noted with it. */
export function createdAs({ title, agent, commandId, continues }: Omit<SessionRequest, "directory" | "model">) {
  const named = title === undefined || NAMELESS.test(title) ? {} : { title };
  const goesOn = continues === undefined ? {} : { [CONTINUES]: { session: continues, ...named } };
  return { ...named, ...(agent === undefined ? {} : { agent }), metadata: { [COMMAND]: commandId, ...goesOn } };
}

const Continued = v.object({ session: SessionId, title: v.optional(v.string()) });

const FORK = /\(fork #\d+\)$/;

/** A copy has the note, too, and another name. */
function continuedOf(noted: unknown, title: string): string | undefined {
  const read = v.safeParse(Continued, noted);
  if (!read.success || (FORK.test(title) && title !== read.output.title)) return undefined;
  return read.output.session;
}

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
