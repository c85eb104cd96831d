import { STANDING_TYPES } from "@hal/protocol";
import { and, asc, count, desc, eq, inArray, isNull, lt, lte, or, sql } from "drizzle-orm";
import { prepared } from "../../prepared.ts";
import { beginsWith } from "../begins-with.ts";
import { type IdempotencyKey, keyStandsFor } from "../idempotency/keys.ts";
import { sound, soundOne } from "../sound-rows.ts";
import type { RowPlace, SupervisorStore } from "../store.ts";
import { answered } from "./answered.ts";
import { type CommandRow, commands } from "./schema.ts";

/**
 * A command that was made just now, one that stands for it already, another one that it would contradict, or a key that
 * stands for something else.
 */
export type Queued =
  | { readonly kind: "new" | "known" | "taken"; readonly command: CommandRow }
  | { readonly kind: "conflict" };

/** The command that an actor's key stands for, if the payload is the same. */
export async function commandOfKey(store: SupervisorStore, idempotency: IdempotencyKey): Promise<Queued | undefined> {
  const known = keyStandsFor(store.sqlite, idempotency);
  if (known === "other") return { kind: "conflict" };
  const command = known === undefined ? undefined : await commandById(store, known.made);
  return command === undefined ? undefined : { kind: "known", command };
}

const byId = prepared(({ sqlite }: SupervisorStore) =>
  sqlite.orm
    .select()
    .from(commands)
    .where(eq(commands.id, sql.placeholder("id")))
    .prepare(),
);

export async function commandById(store: SupervisorStore, id: string): Promise<CommandRow | undefined> {
  return soundOne(store, "commands", byId(store).get({ id }));
}

/** Commands whose id begins so, a few of them. */
export async function commandsByPrefix(store: SupervisorStore, prefix: string): Promise<CommandRow[]> {
  return sound(
    store,
    "commands",
    store.sqlite.orm.select().from(commands).where(beginsWith(commands.id, prefix)).limit(20).all(),
  );
}

export interface CommandFilter {
  readonly nodeId?: string | undefined;
  readonly session?: { readonly nodeId: string; readonly id: string } | undefined;
  readonly state?: CommandRow["state"] | undefined;
  /** only what comes behind this one */
  readonly after?: Pick<RowPlace, "at" | "id"> | undefined;
  readonly limit: number;
}

/** Commands, newest first. */
export async function listCommands(store: SupervisorStore, filter: CommandFilter): Promise<CommandRow[]> {
  return sound(
    store,
    "commands",
    store.sqlite.orm
      .select()
      .from(commands)
      .where(
        and(
          filter.nodeId === undefined ? undefined : eq(commands.nodeId, filter.nodeId),
          filter.session && eq(commands.nodeId, filter.session.nodeId),
          filter.session && eq(commands.sessionId, filter.session.id),
          filter.state === undefined ? undefined : eq(commands.state, filter.state),
          filter.after === undefined ? undefined : behind(filter.after),
        ),
      )
      .orderBy(desc(commands.createdAt), desc(commands.id))
      .limit(filter.limit)
      .all(),
  );
}

function behind({ at, id }: Pick<RowPlace, "at" | "id">) {
  return and(lte(commands.createdAt, at), or(lt(commands.createdAt, at), lt(commands.id, id)));
}

const openOf = prepared(({ sqlite }: SupervisorStore) =>
  sqlite.orm
    .select()
    .from(commands)
    .where(and(eq(commands.nodeId, sql.placeholder("nodeId")), isNull(commands.finishedAt)))
    .orderBy(asc(commands.createdAt), asc(commands.id))
    .prepare(),
);

/** What a node still owes an outcome for, in the order in which it was asked. */
export async function openCommandsOf(store: SupervisorStore, nodeId: string): Promise<CommandRow[]> {
  return sound(store, "commands", openOf(store).all({ nodeId }));
}

/** What has no outcome yet on any node, in the order in which it was asked. */
export async function openCommands(store: SupervisorStore): Promise<CommandRow[]> {
  return sound(
    store,
    "commands",
    store.sqlite.orm
      .select()
      .from(commands)
      .where(isNull(commands.finishedAt))
      .orderBy(asc(commands.createdAt), asc(commands.id))
      .all(),
  );
}

const acting = prepared(({ sqlite }: SupervisorStore) =>
  sqlite.orm
    .select()
    .from(commands)
    .where(
      and(
        eq(commands.nodeId, sql.placeholder("nodeId")),
        isNull(commands.finishedAt),
        inArray(commands.type, [...STANDING_TYPES, "session.restart", "interaction.answer"]),
      ),
    )
    .orderBy(asc(commands.createdAt), asc(commands.id))
    .prepare(),
);

/** What is to stop or restart something on a node, or answers somebody there, and has no outcome yet; oldest first. */
export async function actsUnderWay(store: SupervisorStore, nodeId: string): Promise<CommandRow[]> {
  return sound(store, "commands", acting(store).all({ nodeId }));
}

const expired = prepared(({ sqlite }: SupervisorStore) =>
  sqlite.orm
    .select()
    .from(commands)
    .where(
      and(
        eq(commands.nodeId, sql.placeholder("nodeId")),
        eq(commands.type, "interaction.answer"),
        eq(commands.state, "expired"),
        eq(answered, sql.placeholder("interactionId")),
      ),
    )
    .orderBy(desc(commands.createdAt))
    .limit(1)
    .prepare(),
);

/** The answers to an interaction that came to nothing because its node was away, newest first. */
export async function expiredAnswers(
  store: SupervisorStore,
  nodeId: string,
  interactionId: string,
): Promise<CommandRow[]> {
  return sound(store, "commands", expired(store).all({ nodeId, interactionId }));
}

/** How many commands wait in a state, and since when the oldest of them does. */
export interface OpenCommands {
  readonly state: CommandRow["state"];
  readonly count: number;
  readonly oldestAt: number;
}

/** What has no outcome yet, by state. */
export async function openCommandsByState(store: SupervisorStore): Promise<OpenCommands[]> {
  return store.sqlite.orm
    .select({ state: commands.state, count: count(), oldestAt: sql<number>`min(${commands.createdAt})` })
    .from(commands)
    .where(isNull(commands.finishedAt))
    .groupBy(commands.state)
    .all();
}

export async function countOpenCommands(store: SupervisorStore): Promise<number> {
  return store.sqlite.orm.select({ n: count() }).from(commands).where(isNull(commands.finishedAt)).get()?.n ?? 0;
}

/** How many of them are to stop something. */
export async function countOpenStops(store: SupervisorStore): Promise<number> {
  const isStop = and(isNull(commands.finishedAt), inArray(commands.type, [...STANDING_TYPES]));
  return store.sqlite.orm.select({ n: count() }).from(commands).where(isStop).get()?.n ?? 0;
}
