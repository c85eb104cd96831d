import { and, asc, desc, eq, inArray, isNull, lt, lte, or, sql } from "drizzle-orm";
import type { Sqlite } from "../../file/sqlite.ts";
import { prepared } from "../../prepared.ts";
import { beginsWith } from "../begins-with.ts";
import { commands, type PromptUnderWayRow, promptsUnderWay } from "../commands/schema.ts";
import { type IdempotencyKey, keyStandsFor } from "../idempotency/keys.ts";
import { interactions } from "../interactions/schema.ts";
import { sessions } from "../sessions/schema.ts";
import { sound, soundOne } from "../sound-rows.ts";
import type { RowPlace, SupervisorStore } from "../store.ts";
import type { QueueFacts } from "./due.ts";
import { type PromptRow, prompts } from "./schema.ts";

/** Whoever reads: those who ask, and the writer in the middle of its work. */
interface Reader {
  readonly sqlite: Sqlite;
}

/** A prompt that was put into the list just now, one that a key stands for already, or a key that stands for something else. */
export type Listed = { readonly kind: "new" | "known"; readonly prompt: PromptRow } | { readonly kind: "conflict" };

/** The prompt that an actor's key stands for, if the payload is the same; undefined where it stands for none. */
export async function promptOfKey(store: SupervisorStore, idempotency: IdempotencyKey): Promise<Listed | undefined> {
  const known = keyStandsFor(store.sqlite, idempotency);
  if (known === "other") return { kind: "conflict" };
  const prompt = known === undefined ? undefined : await promptById(store, known.made);
  return prompt === undefined ? undefined : { kind: "known", prompt };
}

const byId = prepared(({ sqlite }: Reader) =>
  sqlite.orm
    .select()
    .from(prompts)
    .where(eq(prompts.id, sql.placeholder("id")))
    .prepare(),
);

export async function promptById(store: SupervisorStore, id: string): Promise<PromptRow | undefined> {
  return soundOne(store, "prompts", byId(store).get({ id }));
}

/** Prompts whose id begins so, a few of them. */
export async function promptsByPrefix(store: SupervisorStore, prefix: string): Promise<PromptRow[]> {
  const found = store.sqlite.orm.select().from(prompts).where(beginsWith(prompts.id, prefix)).limit(20).all();
  return sound(store, "prompts", found);
}

export interface PromptFilter {
  readonly nodeId?: string | undefined;
  readonly session?: { readonly nodeId: string; readonly id: string } | undefined;
  readonly project?: string | undefined;
  readonly after?: Pick<RowPlace, "at" | "id"> | undefined;
  readonly limit: number;
}

/** Prompts in any state, newest first. */
export async function listPrompts(store: SupervisorStore, filter: PromptFilter): Promise<PromptRow[]> {
  const { after } = filter;
  const found = store.sqlite.orm
    .select()
    .from(prompts)
    .where(and(isMeant(filter), after && behind(after)))
    .orderBy(desc(prompts.createdAt), desc(prompts.id))
    .limit(filter.limit)
    .all();
  return sound(store, "prompts", found);
}

function behind({ at, id }: Pick<RowPlace, "at" | "id">) {
  return and(lte(prompts.createdAt, at), or(lt(prompts.createdAt, at), lt(prompts.id, id)));
}

/** What waits, in the order of its list: for each session the next one first. */
export async function pendingPrompts(
  store: SupervisorStore,
  filter: Omit<PromptFilter, "after" | "limit"> & { readonly nodeIds?: readonly string[] | undefined },
): Promise<PromptRow[]> {
  const { nodeIds } = filter;
  const found = store.sqlite.orm
    .select()
    .from(prompts)
    .where(and(isPending, isMeant(filter), nodeIds && inArray(prompts.nodeId, [...nodeIds])))
    .orderBy(asc(prompts.nodeId), asc(prompts.sessionId), asc(prompts.position), asc(prompts.id))
    .all();
  return sound(store, "prompts", found);
}

const waited = prepared(({ sqlite }: Reader) =>
  sqlite.orm
    .selectDistinct({ nodeId: prompts.nodeId, sessionId: prompts.sessionId })
    .from(prompts)
    .where(isPending)
    .prepare(),
);

/** The sessions for which a prompt waits. */
export function sessionsWithPrompts(reader: Reader): { readonly nodeId: string; readonly sessionId: string }[] {
  return waited(reader).all();
}

const isPending = sql`${prompts.state} = 'pending'`;

/** The condition of a filter's fields, as far as they are said. */
export function isMeant({ nodeId, session, project }: Omit<PromptFilter, "after" | "limit">) {
  return and(
    nodeId === undefined ? undefined : eq(prompts.nodeId, nodeId),
    project === undefined ? undefined : eq(prompts.project, project),
    session && eq(prompts.nodeId, session.nodeId),
    session && eq(prompts.sessionId, session.id),
  );
}

const pendingIn = prepared(({ sqlite }: Reader) =>
  sqlite.orm
    .select()
    .from(prompts)
    .where(
      and(
        isPending,
        eq(prompts.nodeId, sql.placeholder("nodeId")),
        eq(prompts.sessionId, sql.placeholder("sessionId")),
      ),
    )
    .orderBy(asc(prompts.position), asc(prompts.id))
    .prepare(),
);

/** What waits for one session, the next one first. */
export function pendingOf(reader: Reader, nodeId: string, sessionId: string): PromptRow[] {
  return pendingIn(reader).all({ nodeId, sessionId });
}

const NAMED = { nodeId: sql.placeholder("nodeId"), sessionId: sql.placeholder("sessionId") };

const standingIn = prepared(({ sqlite: { orm } }: Reader) =>
  orm
    .select({ status: sessions.status, turn: sessions.turn, continues: sessions.continues })
    .from(sessions)
    .where(and(eq(sessions.nodeId, NAMED.nodeId), eq(sessions.id, NAMED.sessionId)))
    .prepare(),
);

const askingIn = prepared(({ sqlite: { orm } }: Reader) =>
  orm
    .select({ id: interactions.id })
    .from(interactions)
    .where(
      and(
        eq(interactions.nodeId, NAMED.nodeId),
        eq(interactions.state, "open"),
        or(eq(interactions.sessionId, NAMED.sessionId), eq(interactions.rootSessionId, NAMED.sessionId)),
      ),
    )
    .limit(1)
    .prepare(),
);

const comingIn = prepared(({ sqlite: { orm } }: Reader) =>
  orm
    .select({ id: promptsUnderWay.commandId })
    .from(promptsUnderWay)
    .where(and(eq(promptsUnderWay.nodeId, NAMED.nodeId), eq(promptsUnderWay.sessionId, NAMED.sessionId)))
    .limit(1)
    .prepare(),
);

const restartingIn = prepared(({ sqlite: { orm } }: Reader) =>
  orm
    .select({ id: commands.id })
    .from(commands)
    .where(
      and(
        eq(commands.nodeId, NAMED.nodeId),
        isNull(commands.finishedAt),
        eq(commands.type, "session.restart"),
        or(eq(commands.sessionId, NAMED.sessionId), eq(commands.sessionId, sql.placeholder("continues"))),
      ),
    )
    .limit(1)
    .prepare(),
);

/** What the queue of a session looks at, as it is stored. */
export function queueFacts(reader: Reader, nodeId: string, sessionId: string, now: number): QueueFacts {
  const named = { nodeId, sessionId };
  const session = standingIn(reader).get(named);
  const continues = session?.continues ?? sessionId;
  return {
    session,
    isAsking: askingIn(reader).get(named) !== undefined,
    isComing: comingIn(reader).get(named) !== undefined,
    isRestarting: restartingIn(reader).get({ ...named, continues }) !== undefined,
    now,
  };
}

/** The prompts that are under way and with which no turn was seen to begin, of some nodes. */
export async function stalledOn(store: SupervisorStore, nodeIds: readonly string[]): Promise<PromptUnderWayRow[]> {
  return store.sqlite.orm
    .select()
    .from(promptsUnderWay)
    .where(and(eq(promptsUnderWay.state, "stalled"), inArray(promptsUnderWay.nodeId, [...nodeIds])))
    .orderBy(asc(promptsUnderWay.askedAt))
    .all();
}

/** A prompt under way, and how its command stands. */
export interface SlowPrompt extends PromptUnderWayRow {
  readonly command: Pick<
    typeof commands.$inferSelect,
    "state" | "project" | "sessionId" | "sentAt" | "finishedAt"
  > | null;
}

/** Those that were asked before a time and of which nothing was told, and those of which what was told is to be taken back. */
export async function slowPrompts(store: SupervisorStore, before: number): Promise<SlowPrompt[]> {
  const found = store.sqlite.orm
    .select({ prompt: promptsUnderWay, command: commands })
    .from(promptsUnderWay)
    .leftJoin(commands, eq(commands.id, promptsUnderWay.commandId))
    .where(
      or(
        and(eq(promptsUnderWay.state, "coming"), lte(promptsUnderWay.askedAt, before)),
        eq(promptsUnderWay.state, "begun"),
      ),
    )
    .limit(500)
    .all();
  return found.map(({ prompt, command }) => ({ ...prompt, command }));
}
