import type { ProjectReport } from "@hal/protocol";
import { and, eq, ne, sql } from "drizzle-orm";
import { interactions } from "../interactions/schema.ts";
import { cursors } from "../log/schema.ts";
import { nodes } from "../nodes/schema.ts";
import { type SessionRow, sessions } from "../sessions/schema.ts";
import type { SupervisorStore } from "../store.ts";

/** So much of what a node's agent does not name is looked at; more of it is one trouble, not many. */
const MOST_UNNAMED = 1_000;

/** A session as the log has it. */
export interface FoldedSession {
  readonly id: string;
  readonly project: string;
  readonly status: SessionRow["status"];
  readonly title: string;
  readonly costMicroUsd: number;
  readonly tokensTotal: number;
  readonly undoneFrom: string | null;
  /** it moved here with a node that was replaced, and nobody told of it since */
  readonly isUntold: boolean;
}

/** What the log made of a node's sessions, as far as it can be compared with what its agent told. */
export interface Folded {
  /** those that the agent names, and, unless only they are wanted, those that have not ended */
  readonly sessions: readonly FoldedSession[];
  readonly open: readonly { readonly id: string; readonly sessionId: string; readonly project: string }[];
  readonly projects: readonly string[];
}

/** A place in a node's outbox, and the sessions that its agent names there. */
export interface NamedPlace {
  readonly nodeId: string;
  readonly epoch: string;
  readonly seq: number;
  readonly named: readonly string[];
  readonly onlyNamed: boolean;
}

/**
 * What the log made of a node's sessions when everything up to exactly this place was committed, all of it of one moment;
 * undefined where another place is the last one now (protocol §4.11).
 */
export async function foldedAt(store: SupervisorStore, place: NamedPlace): Promise<Folded | undefined> {
  return store.sqlite.driver.transaction(() => {
    if (committedSeq(store, place) !== place.seq) return undefined;
    const named = JSON.stringify(place.named);
    return {
      sessions: [
        ...namedSessions(store, place.nodeId, named),
        ...(place.onlyNamed ? [] : others(store, place.nodeId, named)),
      ],
      open: openRequests(store, place.nodeId),
      projects: projectsOf(store, place.nodeId),
    };
  })();
}

const COLUMNS = {
  id: sessions.id,
  project: sessions.project,
  status: sessions.status,
  title: sessions.title,
  costMicroUsd: sessions.costMicroUsd,
  tokensTotal: sessions.tokensTotal,
  undoneFrom: sessions.undoneFrom,
  isUntold: sql`${sessions.turn} is 'untold'`.mapWith(Boolean),
};

function namedSessions({ sqlite }: SupervisorStore, nodeId: string, named: string): FoldedSession[] {
  const where = and(eq(sessions.nodeId, nodeId), sql`${sessions.id} in (select value from json_each(${named}))`);
  return sqlite.orm.select(COLUMNS).from(sessions).where(where).all();
}

function others({ sqlite }: SupervisorStore, nodeId: string, named: string): FoldedSession[] {
  const where = and(
    eq(sessions.nodeId, nodeId),
    ne(sessions.status, "ended"),
    sql`${sessions.id} not in (select value from json_each(${named}))`,
  );
  return sqlite.orm.select(COLUMNS).from(sessions).where(where).limit(MOST_UNNAMED).all();
}

function openRequests({ sqlite }: SupervisorStore, nodeId: string): Folded["open"] {
  return sqlite.orm
    .select({ id: interactions.id, sessionId: interactions.sessionId, project: interactions.project })
    .from(interactions)
    .where(and(eq(interactions.nodeId, nodeId), eq(interactions.state, "open")))
    .all();
}

/** None where what is stored of them is not readable. */
function projectsOf({ sqlite }: SupervisorStore, nodeId: string): string[] {
  const row = sqlite.orm.select({ projects: nodes.projects }).from(nodes).where(eq(nodes.id, nodeId)).get();
  return Array.isArray(row?.projects) ? (row.projects as ProjectReport[]).map(({ name }) => name) : [];
}

function committedSeq({ sqlite }: SupervisorStore, { nodeId, epoch }: NamedPlace): number {
  const where = and(eq(cursors.nodeId, nodeId), eq(cursors.epoch, epoch));
  return sqlite.orm.select({ seq: cursors.seq }).from(cursors).where(where).get()?.seq ?? 0;
}
